import { expect } from 'chai';
import { NEVER, of, Subject, throwError, VirtualTimeScheduler, type ObservableInput } from 'rxjs';
import { SinkError } from '../../lib/errors/sink-error.js';
import { batchOf } from '../../lib/event/batch-of.js';
import type { EventBatch } from '../../lib/event/event.js';
import type { Delivery } from '../../lib/lane/delivery.js';
import type { Lane, LaneEnv, LaneSettlements } from '../../lib/lane/lane.js';
import { resolveLaneOptions, type LanePatch } from '../../lib/lane/lane-options.js';
import type { LaneStoreLimits, RecoveredBatches, StoreChange, StoredBatch } from '../../lib/lane/lane-spool.js';
import { createLane, laneStore } from '../../lib/lane/lane-store.js';
import { PauseClock } from '../../lib/lane/pause-clock.js';
import { LaneLedger } from '../../lib/ledger/lane-ledger.js';
import type { DropReason } from '../../lib/ledger/drop-reason.js';
import { throwing } from '../support/hostile.js';

const batch = (id: string, events: readonly unknown[] = [...id], createdAt = 0): EventBatch<unknown> =>
  batchOf({ id, sequence: 1, createdAt, events, reason: 'count' });
const stored = (id: string, position = 0): StoredBatch => ({ id, position, json: JSON.stringify(batch(id)) });
const down = (): ObservableInput<never> => throwError(() => new SinkError('unavailable', 'down'));

interface Setup {
  readonly process?: (batch: EventBatch<unknown>) => ObservableInput<unknown> | undefined;
  readonly lane?: LanePatch;
  readonly limits?: LaneStoreLimits;
  readonly env?: Partial<LaneEnv<unknown>>;
}

/** A durable lane on virtual time, in a store that the test opens, with a log of attempts and ends, each with its millisecond. */
class Rig {
  readonly log: string[] = [];
  readonly scheduler = new VirtualTimeScheduler();
  readonly recovered$ = new Subject<RecoveredBatches>();
  readonly stored = new Map<string, StoredBatch>();
  readonly deliveries: Delivery<unknown>[] = [];
  readonly lane: Lane<unknown>;
  /** Why recovered events are dropped now. */
  refusal: DropReason | undefined;
  write: () => ObservableInput<unknown> | undefined = () => undefined;
  read = (id: string): ObservableInput<string | undefined> => of(this.stored.get(id)?.json);
  reads = 0;

  constructor({ process = () => undefined, lane, limits, env }: Setup = {}) {
    const spool = laneStore(
      () => ({
        recover: () => this.recovered$,
        write: ({ put, remove }: StoreChange) => {
          for (const id of remove) this.stored.delete(id);
          for (const each of put) this.stored.set(each.id, each);
          return this.write();
        },
        read: (id) => {
          this.reads += 1;
          return this.read(id);
        },
        close: () => undefined,
      }),
      limits,
    );
    const elapsed = (): number => this.scheduler.frame;
    const pauseClock = new PauseClock(elapsed);
    let ids = 0;
    const sink = {
      name: 'sink',
      process: (given: EventBatch<unknown>) => {
        this.#note(`try ${given.id}`);
        return process(given);
      },
    };
    const retry = { jitter: 'none', baseDelayMs: 10, maxDelayMs: 10 } as const;
    this.lane = createLane<unknown>(
      sink,
      resolveLaneOptions({ overflow: 'drop_oldest', breaker: false, timeoutMs: 50, retry, spool }, lane),
      {
        scheduler: this.scheduler,
        elapsed,
        pauseClock,
        random: () => 0,
        newId: () => `new ${String((ids += 1))}`,
        ledger: new LaneLedger(),
        enter: (work) => {
          work();
        },
        refusal: () => this.refusal,
        ...env,
      },
    );
    this.lane.onDelivery = (delivery) => {
      this.deliveries.push(delivery);
      this.#note(`${delivery.batch.id} ${delivery.status}${'reason' in delivery ? ` ${delivery.reason}` : ''}`);
    };
  }

  start(refusal?: DropReason): this {
    this.refusal = refusal;
    this.lane.start?.();
    this.refusal = undefined;
    return this;
  }

  open(...batches: readonly StoredBatch[]): this {
    for (const each of batches) this.stored.set(each.id, each);
    this.recovered$.next({ batches });
    return this;
  }

  offer(...batches: readonly EventBatch<unknown>[]): this {
    for (const each of batches) this.lane.offer(each);
    return this;
  }

  /** Runs until `ms`, or to the end, and returns the log; the ledger must balance. */
  run(ms = Infinity): string[] {
    this.scheduler.maxFrames = ms;
    this.scheduler.flush();
    const { offered, recovered, delivered, failed, dropped, kept, pending } = this.lane.ledger;
    expect(offered + recovered, 'offered + recovered').to.equal(delivered + failed + dropped + kept + pending);
    return this.log;
  }

  #note(what: string): void {
    this.log.push(`${String(this.scheduler.frame)} ${what}`);
  }
}

describe('DurableLane', () => {
  describe('with batches of an earlier run', () => {
    it('drops them if consent was denied when the lane started, or is denied when they are read', () => {
      expect(new Rig().start('consent').open(stored('a')).run()).to.deep.equal(['0 a dropped consent']);
      const later = new Rig().start();
      later.refusal = 'consent';
      expect(later.open(stored('a')).run()).to.deep.equal(['0 a dropped consent']);
      expect(new Rig().start().open(stored('a')).run()).to.deep.equal(['0 try a', '0 a delivered']);
    });

    it('removes them from the store, even if the lane has ended before the store opened', () => {
      for (const when of ['at the start', 'at the end']) {
        const rig = new Rig().start(when === 'at the start' ? 'consent' : undefined);
        rig.lane.stop('shutdown');
        if (when === 'at the end') rig.refusal = 'consent';
        rig.open(stored('a'));
        expect([rig.run(), rig.stored.size], when).to.deep.equal([[], 0]);
      }
      const allowed = new Rig().start();
      allowed.lane.stop('shutdown');
      allowed.open(stored('a'));
      expect(allowed.stored.size).to.equal(1);
    });

    it('keeps them if `keep` was called before the store opened, and attempts later batches', () => {
      const rig = new Rig().start();
      rig.lane.keep?.();
      rig.open(stored('ab'));
      rig.offer(batch('c'));
      expect(rig.run()).to.deep.equal(['0 try c', '0 c delivered']);
      expect([rig.lane.ledger.kept, [...rig.stored.keys()]]).to.deep.equal([2, ['ab']]);
    });

    it('takes over batches of another process after its own, and before later ones', () => {
      const answer = new Subject<void>();
      const rig = new Rig({ process: ({ id }) => (id === 'own' ? answer : undefined) }).start().open();
      rig.offer(batch('own'));
      rig.open(stored('x', 5), stored('y', 6));
      rig.offer(batch('z'));
      answer.complete();
      expect(rig.run().filter((each) => each.includes('try'))).to.deep.equal(['0 try own', '0 try x', '0 try y', '0 try z']);
    });
  });

  it('ends waits when its own batches are settled, not waiting for those taken over later', () => {
    const answer = new Subject<void>();
    const rig = new Rig({ process: ({ id }) => (id === 'own' ? answer : NEVER), lane: { timeoutMs: Infinity } }).start();
    rig.lane.whenSettled(undefined, () => rig.log.push('settled'));
    rig.offer(batch('own'));
    rig.open();
    expect(rig.log).to.deep.equal(['settled', '0 try own']);
    rig.lane.whenSettled(undefined, () => rig.log.push('settled, too'));
    rig.open(stored('x', 5));
    answer.complete();
    expect(rig.run().slice(2)).to.deep.equal(['0 own delivered', 'settled, too', '0 try x']);
  });

  it('keeps stored batches that are not in flight, and settles only the kept events', () => {
    const settled: string[] = [];
    const unreadable = throwing(new Error('no'));
    const settlements = {
      offer: () => undefined,
      settle: (_sink: string, events: readonly unknown[], status: string) =>
        settled.push(`${events.map((each) => (each === unreadable ? '?' : String(each))).join('')} ${status}`),
      has: () => false,
    } as unknown as LaneSettlements;
    const rig = new Rig({ process: () => NEVER, env: { settlements } }).start().open();
    rig.offer(batch('a'), batch('bc', ['b', unreadable, 'c']));
    rig.lane.keep?.();
    expect(settled).to.deep.equal(['bc kept']);
    expect(rig.lane.ledger).to.include({ kept: 2, pending: 2 });
    expect([...rig.stored.keys()]).to.deep.equal(['a', 'bc']);
    rig.lane.stop('shutdown');
    expect(settled.slice(1)).to.deep.equal(['a dropped', '? dropped']);
  });

  it('stores a dead letter under its id, unless that is in the lane already', () => {
    const rig = new Rig({ process: () => NEVER }).start().open();
    rig.offer(batch('a'));
    for (const id of ['b', 'b', 'a']) rig.lane.offer(batch(id), id);
    expect([...rig.stored.keys()]).to.deep.equal(['a', 'b', 'new 1', 'new 2']);
  });

  describe('with more events than it holds in memory', () => {
    const few: LanePatch = { maxEvents: 2 };

    it('removes other batches from memory after those were dropped', () => {
      const rig = new Rig({ process: () => NEVER, lane: { ...few, timeoutMs: Infinity } }).start().open();
      const fill = (...ids: readonly string[]): void => {
        rig.offer(...ids.map((id) => batch(id)));
      };
      fill('a', 'b', 'c', 'd', 'e');
      rig.lane.purge('consent');
      fill('f', 'g', 'h');
      // `a` is in flight, `f` in memory, and the others are only in the store.
      expect(rig.lane.ledger).to.include({ dropped: 4, pending: 4 });
      rig.lane.retryNow(4);
      expect([rig.reads, rig.log.slice(-3)]).to.deep.equal([2, ['0 try f', '0 try g', '0 try h']]);
    });

    it('drops a batch that is too old when it is read back', () => {
      const answer = new Subject<void>();
      const rig = new Rig({
        process: ({ id }) => (id === 'a' ? answer : undefined),
        lane: { ...few, timeoutMs: Infinity },
        limits: { maxAgeMs: 100 },
      })
        .start()
        .open();
      rig.offer(batch('a'), batch('b'), batch('old'), batch('new', ['n'], 50));
      rig.scheduler.schedule(() => {
        answer.complete();
      }, 101);
      expect(rig.run()).to.deep.equal([
        '0 try a',
        '101 a delivered',
        '101 try b',
        '101 b delivered',
        '101 old dropped expired',
        '101 try new',
        '101 new delivered',
      ]);
    });

    it('fails a batch that the store does not return', () => {
      const rig = new Rig({ process: ({ id }) => (id === 'a' ? NEVER : undefined), lane: { ...few, retry: { maxElapsedMs: 0 } } })
        .start()
        .open();
      rig.offer(batch('a'), batch('b'), batch('cd'));
      rig.read = () => of(stored('c').json);
      expect(rig.run().slice(-2)).to.deep.equal(['50 b delivered', '50 cd failed']);
      const [error] = rig.deliveries.flatMap((delivery) =>
        delivery.status === 'failed' && delivery.batch.id === 'cd' ? delivery.error : [],
      );
      expect(error).to.deep.include({
        kind: 'write_failed',
        code: 'SPOOL_DAMAGED',
        retryable: false,
        message: 'The store did not return the batch',
      });
    });

    for (const [kind, retry, times] of [
      ['write_failed', { maxAttempts: 3 }, [50, 60, 70]],
      ['unavailable', { maxElapsedMs: 25 }, [50, 60, 70]],
    ] as const) {
      it(`reads a batch as often as it would be sent: ${kind}`, () => {
        const rig = new Rig({
          process: ({ id }) => (id === 'a' ? NEVER : undefined),
          lane: { ...few, retry: { maxElapsedMs: 0, ...retry } },
        })
          .start()
          .open();
        rig.offer(batch('a'), batch('b'), batch('c'));
        const reads: number[] = [];
        rig.read = () => {
          reads.push(rig.scheduler.frame);
          return throwError(() => new SinkError(kind, 'no'));
        };
        rig.run();
        expect(reads).to.deep.equal(times);
        expect(rig.log.at(-1)).to.equal('70 c failed');
      });
    }

    it('keeps batches at its end that it could not read, unless they are damaged', () => {
      for (const retryable of [true, false]) {
        const answer = new Subject<void>();
        const rig = new Rig({ process: ({ id }) => (id === 'a' ? answer : undefined), lane: { ...few, timeoutMs: Infinity } })
          .start()
          .open();
        rig.offer(batch('a'), batch('b'), batch('c'));
        rig.read = () => throwError(() => new SinkError('unavailable', 'no', { retryable }));
        rig.lane.keepAtEnd?.();
        rig.lane.drainWithin(5);
        answer.complete();
        rig.run();
        expect(rig.lane.ledger, String(retryable)).to.include({ delivered: 2, kept: retryable ? 1 : 0, failed: retryable ? 0 : 1 });
      }
    });

    it('stops reading a batch that is dropped', () => {
      const answer = new Subject<void>();
      const reading = new Subject<string>();
      const rig = new Rig({ process: ({ id }) => (id === 'a' ? answer : undefined), lane: { ...few, timeoutMs: Infinity } }).start().open();
      rig.offer(batch('a'), batch('b'), batch('c'));
      rig.read = () => reading;
      answer.complete();
      expect(reading.observed).to.equal(true);
      rig.lane.purge('consent');
      expect([reading.observed, rig.log.at(-1)]).to.deep.equal([false, '0 c dropped consent']);
    });

    it('ends the attempt of a batch that was read back', () => {
      const answer = new Subject<void>();
      const last = new Subject<void>();
      const rig = new Rig({
        process: ({ id }) => (id === 'a' ? answer : id === 'c' ? last : undefined),
        lane: { ...few, timeoutMs: Infinity },
      })
        .start()
        .open();
      rig.offer(batch('a'), batch('b'), batch('c'));
      answer.complete();
      expect([rig.log.at(-1), last.observed]).to.deep.equal(['0 try c', true]);
      rig.lane.stop('unregistered');
      expect(last.observed).to.equal(false);
    });
  });

  it('needs no observer of its store', () => {
    const rig = new Rig({ lane: { maxEvents: 2, retry: { maxElapsedMs: 0 } }, process: ({ id }) => (id === 'a' ? NEVER : undefined) })
      .start()
      .open();
    rig.offer(batch('a'), batch('b'), batch('c'), batch('d'));
    rig.write = down;
    rig.offer(batch('e'));
    rig.read = (id) => (id === 'c' ? of(undefined) : down());
    expect(rig.run().slice(-4)).to.deep.equal(['50 c failed', '50 d failed', '50 try e', '50 e delivered']);
  });
});
