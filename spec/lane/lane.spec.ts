import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { mergeMap, NEVER, of, Subject, throwError, timer, VirtualTimeScheduler, type ObservableInput } from 'rxjs';
import { SinkError, type SinkErrorKind } from '../../lib/errors/sink-error.js';
import { batchOf } from '../../lib/event/batch-of.js';
import type { EventBatch } from '../../lib/event/event.js';
import { Breaker } from '../../lib/lane/breaker.js';
import type { Delivery } from '../../lib/lane/delivery.js';
import { Lane } from '../../lib/lane/lane.js';
import { resolveLaneOptions, type LanePatch } from '../../lib/lane/lane-options.js';
import { PauseClock } from '../../lib/lane/pause-clock.js';
import { LaneLedger } from '../../lib/ledger/lane-ledger.js';
import type { AttemptContext } from '../../lib/sink/sink.js';

type Answer = (batch: EventBatch<string>, attempt: number, context: AttemptContext) => ObservableInput<unknown> | undefined;

/** A lane on virtual time, with a log of attempts and deliveries, each with its millisecond. */
class Rig {
  readonly log: string[] = [];
  readonly scheduler = new VirtualTimeScheduler();
  readonly lane: Lane<string>;
  readonly pauseClock = new PauseClock(() => this.scheduler.frame);
  readonly deliveries: Delivery<string>[] = [];
  #ids = 0;

  constructor(answer: Answer, patch: LanePatch = {}) {
    const options = resolveLaneOptions(
      { overflow: 'drop_oldest', breaker: false, timeoutMs: 50, retry: { jitter: 'none', baseDelayMs: 10, maxDelayMs: 10 } },
      patch,
    );
    const process = (batch: EventBatch<string>, context: AttemptContext): ObservableInput<unknown> | void => {
      const { attempt } = context;
      this.#note(`try ${batch.events.join('')} ${String(attempt)}`);
      return answer(batch, attempt, context);
    };
    this.lane = new Lane<string>({ name: 'sink', process }, options, {
      scheduler: this.scheduler,
      elapsed: () => this.scheduler.frame,
      pauseClock: this.pauseClock,
      random: () => 0.5,
      newId: () => `new ${String((this.#ids += 1))}`,
      ledger: new LaneLedger(),
      enter: (work) => {
        work();
      },
      createBreaker: (given, onChange) => new Breaker(given, onChange),
    });
    this.lane.onDelivery = (delivery) => {
      this.deliveries.push(delivery);
      const { batch, status, ...rest } = delivery;
      this.#note(`${batch.events.join('')} ${status}${'reason' in rest ? ` ${rest.reason}` : ''}`);
    };
  }

  offer(...batches: readonly string[]): this {
    for (const letters of batches) {
      const id = `batch ${letters}`;
      this.lane.offer(batchOf({ id, sequence: 1, createdAt: 0, events: [...letters], reason: 'count' }));
    }
    return this;
  }

  at(ms: number, work: () => void): this {
    this.scheduler.schedule(work, ms);
    return this;
  }

  /** Runs to the end, and returns the log; the ledger must balance. */
  run(): string[] {
    this.scheduler.flush();
    const { offered, delivered, failed, dropped, pending } = this.lane.ledger;
    expect(offered, 'offered').to.equal(delivered + failed + dropped + pending);
    return this.log;
  }

  #note(what: string): void {
    this.log.push(`${String(this.scheduler.frame)} ${what}`);
  }
}

const unavailable = (): ObservableInput<never> => throwError(() => new SinkError('unavailable', 'no'));
const succeedFrom =
  (first: number): Answer =>
  (_batch, attempt) =>
    attempt < first ? unavailable() : of();

describe('Lane', () => {
  it('counts reserved events as load until they are offered', () => {
    const { lane } = new Rig(() => NEVER);
    lane.reserve(3);
    expect([lane.load, lane.ledger.pending]).to.deep.equal([3, 0]);
    lane.offer(batchOf({ id: 'a', sequence: 1, createdAt: 0, events: ['a', 'b'], reason: 'count' }));
    expect([lane.load, lane.ledger.pending]).to.deep.equal([3, 2]);
    lane.offer(batchOf({ id: 'b', sequence: 2, createdAt: 0, events: ['c', 'd'], reason: 'count' }));
    expect([lane.load, lane.ledger.pending]).to.deep.equal([4, 4]);
  });

  it('ignores a batch without events', () => {
    const rig = new Rig(() => of());
    expect(rig.offer('').run()).to.deep.equal([]);
    expect(rig.lane.ledger.attempts).to.equal(0);
  });

  it('returns the time until the next attempt of a waiting batch', () => {
    const rig = new Rig((_batch, attempt) => (attempt === 1 ? unavailable() : NEVER), { concurrency: 2, timeoutMs: Infinity });
    expect(rig.lane.nextAttemptInMs).to.equal(Infinity);
    const waits: number[] = [];
    const note = (): number => waits.push(rig.lane.nextAttemptInMs);
    rig.at(0, () => rig.offer('a')).at(4, () => rig.offer('b'));
    for (const ms of [1, 5, 11, 15]) rig.at(ms, note);
    rig.run();
    expect(waits).to.deep.equal([9, 5, 3, Infinity]);
  });

  it('queue ► attempt ► delivered', () => {
    expect(new Rig(() => undefined).offer('ab', 'c').run()).to.deep.equal(['0 try ab 1', '0 ab delivered', '0 try c 1', '0 c delivered']);
  });

  it('attempt ► back-off ► attempt: the batch keeps its slot', () => {
    expect(new Rig(succeedFrom(2)).offer('a', 'b').run()).to.deep.equal([
      '0 try a 1',
      '10 try a 2',
      '10 a delivered',
      '10 try b 1',
      '20 try b 2',
      '20 b delivered',
    ]);
  });

  it('attempt ► failed permanently', () => {
    const final = (): ObservableInput<never> => throwError(() => new SinkError('write_failed', 'no', { retryable: false }));
    expect(new Rig(final).offer('a').run()).to.deep.equal(['0 try a 1', '0 a failed']);
  });

  it('attempt ► timeout ► back-off', () => {
    const rig = new Rig((_batch, attempt) => (attempt === 1 ? NEVER : of()));
    expect(rig.offer('a').run()).to.deep.equal(['0 try a 1', '60 try a 2', '60 a delivered']);
  });

  it('attempt ► too large ► two halves at the front of the queue', () => {
    const rig = new Rig(({ events }) => (events.length > 1 ? throwError(() => new SinkError('too_large', 'no')) : of()));
    expect(rig.offer('ab', 'c').run()).to.deep.equal([
      '0 try ab 1',
      '0 try a 1',
      '0 a delivered',
      '0 try b 1',
      '0 b delivered',
      '0 try c 1',
      '0 c delivered',
    ]);
  });

  it('queue ► dropped as overflow, but nothing in flight', () => {
    const rig = new Rig(() => NEVER, { maxEvents: 3, timeoutMs: Infinity });
    expect(rig.offer('ab', 'c', 'd').run()).to.deep.equal(['0 try ab 1', '0 c dropped overflow']);
  });

  it('queue ► waits for the breaker ► probe', () => {
    const rig = new Rig(succeedFrom(2), { breaker: { failures: 1, openMs: 100 } });
    expect(rig.offer('a').run()).to.deep.equal(['0 try a 1', '100 try a 2', '100 a delivered']);
  });

  it('refuses events ► the breaker stays closed: the sink works', () => {
    for (const kind of ['rejected', 'too_large'] as const) {
      const kinds: Record<string, SinkErrorKind> = { b: kind };
      // One failure, a refusal, and one failure more: never two failures in a row.
      const rig = new Rig(
        ({ events: [letter = ''] }, attempt) =>
          attempt > 1 ? of() : throwError(() => new SinkError(kinds[letter] ?? 'unavailable', 'no')),
        { breaker: { failures: 2, openMs: 100 }, concurrency: 3 },
      );
      expect(rig.offer('a', 'b', 'c').run(), kind).to.deep.equal([
        '0 try a 1',
        '0 try b 1',
        '0 b failed',
        '0 try c 1',
        '10 try a 2',
        '10 a delivered',
        '10 try c 2',
        '10 c delivered',
      ]);
    }
  });

  it('succeeds ► the breaker counts failures from the start', () => {
    const rig = new Rig(({ events: [letter = ''] }, attempt) => (letter === 'b' || attempt > 1 ? of() : unavailable()), {
      breaker: { failures: 2, openMs: 100 },
      concurrency: 3,
    });
    rig.offer('a', 'b', 'c').run();
    expect(rig.log.at(-1)).to.equal('10 c delivered');
  });

  it('aborts the signal of an attempt that ends without an answer, and no other', () => {
    const aborted: string[] = [];
    const answers: Record<string, ObservableInput<unknown>> = { success: of(), failure: unavailable(), timeout: NEVER, stop: NEVER };
    const rig = new Rig(
      ({ id }, attempt, { signal }) => {
        signal.addEventListener('abort', () => aborted.push(`${id} ${String(rig.scheduler.frame)}`));
        return attempt === 1 ? answers[id] : of();
      },
      { concurrency: 4 },
    );
    const offerAs = (id: string): void => {
      rig.lane.offer(batchOf({ id, sequence: 1, createdAt: 0, events: ['a'], reason: 'count' }));
    };
    for (const id of ['success', 'failure', 'timeout']) offerAs(id);
    rig.at(55, () => {
      offerAs('stop');
    });
    rig.at(58, () => {
      rig.lane.stop('shutdown');
    });
    rig.run();
    expect(aborted).to.deep.equal(['timeout 50', 'stop 58']);
  });

  it('`block` ► drops nothing from a lane beyond its bound: the collector refuses events', () => {
    const rig = new Rig(() => NEVER, { overflow: 'block', maxEvents: 2, timeoutMs: Infinity });
    expect(rig.offer('a', 'bc', 'd').run()).to.deep.equal(['0 try a 1']);
    expect(rig.lane.ledger.pending).to.equal(4);
  });

  it('queue ► waits for the end of a pause', () => {
    const rig = new Rig(() => undefined);
    rig.pauseClock.pause();
    rig.at(30, () => {
      rig.pauseClock.resume();
      rig.lane.resume();
    });
    expect(rig.offer('a').run()).to.deep.equal(['30 try a 1', '30 a delivered']);
  });

  it('back-off ► attempt on retryNow', () => {
    const rig = new Rig(succeedFrom(2)).at(3, () => {
      rig.lane.retryNow(1);
    });
    expect(rig.offer('a').run()).to.deep.equal(['0 try a 1', '3 try a 2', '3 a delivered']);
  });

  it('back-off ► one last attempt when it outlasts the drain', () => {
    const rig = new Rig(unavailable).at(1, () => {
      rig.lane.drainWithin(5);
    });
    expect(rig.offer('a').run()).to.deep.equal(['0 try a 1', '1 try a 2', '1 a failed']);
  });

  it('pause ► attempts as before when it ends, though the lane is being drained', () => {
    const rig = new Rig(succeedFrom(3));
    rig.at(5, () => {
      rig.pauseClock.pause();
    });
    rig.at(12, () => {
      rig.lane.drainWithin(1_000);
    });
    rig.at(20, () => {
      rig.pauseClock.resume();
      rig.lane.resume();
    });
    expect(rig.offer('a').run()).to.deep.equal(['0 try a 1', '20 try a 2', '30 try a 3', '30 a delivered']);
  });

  it('queue ► dropped on purge; in flight only if the attempt fails', () => {
    const rig = new Rig(() => NEVER).at(1, () => {
      rig.lane.purge('consent');
    });
    expect(rig.offer('a', 'b').run()).to.deep.equal(['0 try a 1', '1 b dropped consent', '50 a dropped consent']);
  });

  it('everything ► dropped on stop, and no timer is left', () => {
    const rig = new Rig(() => NEVER).at(1, () => {
      rig.lane.stop('shutdown');
    });
    expect(rig.offer('a', 'b').run()).to.deep.equal(['0 try a 1', '1 a dropped shutdown', '1 b dropped shutdown']);
    expect(rig.scheduler.actions).to.have.length(0);
  });

  it('calls whenSettled once everything offered before is settled', () => {
    const rig = new Rig(succeedFrom(2)).offer('a');
    rig.lane.whenSettled(undefined, () => rig.log.push('settled'));
    rig.lane.whenSettled(undefined, () => rig.log.push('cancelled'))();
    rig.offer('b');
    expect(rig.run()).to.deep.equal(['0 try a 1', '10 try a 2', '10 a delivered', 'settled', '10 try b 1', '20 try b 2', '20 b delivered']);
  });

  it('back-off ► not ended by a breaker that closes', () => {
    const rig = new Rig(({ events }, attempt) => (events[0] === 'a' && attempt === 1 ? unavailable() : of()), {
      breaker: { failures: 1, openMs: 5 },
      concurrency: 2,
    });
    rig.offer('a').at(6, () => rig.offer('b'));
    expect(rig.run()).to.deep.equal(['0 try a 1', '6 try b 1', '6 b delivered', '10 try a 2', '10 a delivered']);
  });

  describe('that is drained', () => {
    it('back-off ► as before if it ends in time', () => {
      const rig = new Rig(succeedFrom(2)).at(1, () => {
        rig.lane.drainWithin(50);
      });
      expect(rig.offer('a').run()).to.deep.equal(['0 try a 1', '10 try a 2', '10 a delivered']);
    });

    it('a second time keeps the earlier deadline', () => {
      const rig = new Rig(unavailable).at(1, () => {
        rig.lane.drainWithin(15);
        rig.lane.drainWithin(1_000);
      });
      expect(rig.offer('a').run()).to.deep.equal(['0 try a 1', '10 try a 2', '10 try a 3', '10 a failed']);
    });
  });

  describe('whose sink requests a wait', () => {
    const busy: Answer = (_batch, attempt) =>
      attempt > 1 ? of() : throwError(() => new SinkError('unavailable', 'busy', { retryAfterMs: 100 }));

    for (const [name, interrupt] of Object.entries<(rig: Rig) => void>({
      'the end of a pause': ({ pauseClock, lane }) => {
        pauseClock.pause();
        pauseClock.resume();
        lane.resume();
      },
      '`retryNow` in a pause': ({ pauseClock, lane }) => {
        pauseClock.pause();
        lane.retryNow(1);
        pauseClock.resume();
        lane.resume();
      },
      'a deadline': ({ lane }) => {
        lane.drainWithin(5);
      },
    })) {
      it(`waits regardless of ${name}`, () => {
        const rig = new Rig(busy).at(1, () => {
          interrupt(rig);
        });
        expect(rig.offer('a').run()).to.deep.equal(['0 try a 1', '100 try a 2', '100 a delivered']);
      });
    }
  });

  it('pause ► `retryNow` attempts nothing more once an attempt has caused a pause', () => {
    const rig = new Rig(
      (_batch, attempt) => {
        if (attempt > 1) rig.pauseClock.pause();
        return attempt > 1 ? of() : unavailable();
      },
      { concurrency: 2 },
    ).at(5, () => {
      rig.lane.retryNow(3);
    });
    expect(rig.offer('a', 'b', 'c').run()).to.deep.equal(['0 try a 1', '0 try b 1', '5 try a 2', '5 a delivered']);
  });

  it('everything ► dropped oldest first, halves in flight included', () => {
    const tooLarge = (): ObservableInput<never> => throwError(() => new SinkError('too_large', 'no'));
    const rig: Rig = new Rig(({ events }) => (events.length > 1 ? timer(5, rig.scheduler).pipe(mergeMap(tooLarge)) : NEVER), {
      concurrency: 2,
    });
    rig.at(6, () => {
      rig.lane.stop('shutdown');
    });
    expect(rig.offer('ab', 'c').run()).to.deep.equal([
      '0 try ab 1',
      '0 try c 1',
      '5 try a 1',
      '6 a dropped shutdown',
      '6 b dropped shutdown',
      '6 c dropped shutdown',
    ]);
  });

  it('delivers thousands of queued batches to a sink that answers immediately', () => {
    const rig = new Rig(() => undefined);
    rig.pauseClock.pause();
    for (let count = 0; count < 5_000; count += 1) rig.offer('a');
    rig.pauseClock.resume();
    rig.lane.resume();
    expect(rig.lane.ledger).to.include({ delivered: 5_000, pending: 0 });
  });

  it('ends the attempt of a batch that is dropped from inside `process`', () => {
    const answer = new Subject<void>();
    let isAborted = false;
    const rig = new Rig((_batch, _attempt, context) => {
      context.signal.addEventListener('abort', () => (isAborted = true));
      rig.lane.stop('unregistered');
      return answer;
    });
    expect(rig.offer('a').run()).to.deep.equal(['0 try a 1', '0 a dropped unregistered']);
    expect([answer.observed, isAborted]).to.deep.equal([false, true]);
  });

  it('ignores the late answer of an attempt that has timed out', async () => {
    let refuse: () => void = () => undefined;
    const late = new Promise((_resolve, reject) => {
      refuse = () => {
        reject(new SinkError('write_failed', 'late', { retryable: false }));
      };
    });
    const rig = new Rig((_batch, attempt) => (attempt === 1 ? late : NEVER)).offer('a');
    rig.scheduler.maxFrames = 70;
    rig.run();
    refuse();
    await setImmediate();
    expect(rig.log).to.deep.equal(['0 try a 1', '60 try a 2']);
    expect(rig.lane.ledger).to.include({ pending: 1, failed: 0 });
  });

  it('times out each attempt at its own time, and no attempt that has already failed', () => {
    const failsAfter5: Answer = () => timer(5, rig.scheduler).pipe(mergeMap(unavailable));
    const rig: Rig = new Rig((batch, attempt, context) => (batch.events[0] === 'd' ? failsAfter5(batch, attempt, context) : NEVER), {
      concurrency: 4,
      retry: { maxElapsedMs: 110, baseDelayMs: 100, maxDelayMs: 100 },
    });
    rig.offer('a', 'd');
    rig.at(10, () => rig.offer('b')).at(20, () => rig.offer('c'));
    expect(rig.run()).to.deep.equal([
      '0 try a 1',
      '0 try d 1',
      '10 try b 1',
      '20 try c 1',
      '50 a failed',
      '60 b failed',
      '70 c failed',
      '105 try d 2',
      '110 d failed',
    ]);
    const errors = rig.deliveries.map((delivery) => delivery.status === 'failed' && delivery.error);
    expect(errors[0]).to.include({ kind: 'timeout', message: 'No answer within 50 ms' });
  });

  it('creates a new id for a part of a batch once the sink has seen the whole; a whole batch keeps its id', () => {
    const error = new SinkError('write_failed', 'in part', { failed: ['b', 'c'], rejected: ['c'] });
    const final = new SinkError('write_failed', 'no', { retryable: false });
    const rig = new Rig(({ events }) => (events.length === 1 ? of() : throwError(() => (events.length === 3 ? error : final))));
    rig.offer('abc', 'de').run();
    expect(rig.deliveries.map(({ status, batch: { id, parentId, events } }) => [events.join(''), status, id, parentId])).to.deep.equal([
      ['a', 'delivered', 'batch abc', undefined],
      ['c', 'failed', 'new 2', 'batch abc'],
      ['b', 'delivered', 'new 1', 'batch abc'],
      ['de', 'failed', 'batch de', undefined],
    ]);
    expect(rig.deliveries[2]).to.have.all.keys('sink', 'batch', 'attempts', 'status');
  });
});
