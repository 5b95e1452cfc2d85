import { expect } from 'chai';
import { asyncScheduler, from, map, NEVER, type Observable, of, Subject, throwError, timer, type ObservableInput } from 'rxjs';
import { SinkError } from '../../lib/errors/sink-error.js';
import { batchOf } from '../../lib/event/batch-of.js';
import type { EventBatch } from '../../lib/event/event.js';
import type { Delivery } from '../../lib/lane/delivery.js';
import { deliver, type DeliverOptions } from '../../lib/operators/deliver.js';
import type { AttemptContext } from '../../lib/sink/sink.js';
import { describeOperatorContract } from '../../lib/testing/describe-operator-contract.js';
import { marbles } from '../../lib/testing/marbles.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';

interface Named {
  readonly id: string;
  readonly priority: 'low' | 'normal' | 'high' | 'critical';
}
import { sinkOf } from '../support/sink-of.js';

/** Each event of a batch is named by one letter. A capital has priority high, a letter from `n` on has priority low. */
function batchNamed(letters: string): EventBatch<Named> {
  const priorityOf = (id: string): Named['priority'] => (id !== id.toLowerCase() ? 'high' : id >= 'n' ? 'low' : 'normal');
  const events = [...letters].map((id): Named => ({ id, priority: priorityOf(id) }));
  return batchOf({ id: letters, sequence: 1, createdAt: 0, events, reason: 'count' });
}

const namesOf = ({ events }: EventBatch<Named>): string => events.map(({ id }) => id).join('');

/** A delivery in short: the events, how it ended, after how many attempts. */
function inShort(delivery: Delivery<Named>): string {
  const end = delivery.status === 'failed' ? delivery.error.kind : delivery.status === 'dropped' ? delivery.reason : 'delivered';
  return `${namesOf(delivery.batch)} ${end} ${String(delivery.attempts)}`;
}

type Answer = ObservableInput<unknown> | void;
type Process = (batch: EventBatch<Named>, context: AttemptContext) => Answer;

const failure = (kind: SinkError['kind'], options = {}): Observable<never> => throwError(() => new SinkError(kind, kind, options));

/** A sink that returns one answer after the other, then always the last. */
function answering(...answers: readonly Answer[]): Process {
  let calls = 0;
  return () => answers[Math.min((calls += 1), answers.length) - 1];
}

/** The deliveries of batches that are emitted synchronously, each with its virtual millisecond. */
function timelineOf(letters: readonly string[], process: Process, { retry, ...options }: DeliverOptions = {}): string[] {
  const timeline: string[] = [];
  let ids = 0;
  marbles(() => {
    from(letters)
      .pipe(
        map(batchNamed),
        deliver(sinkOf(process), { newId: () => `id${String((ids += 1))}`, retry: { jitter: 'none', ...retry }, ...options }),
      )
      .subscribe((delivery) => timeline.push(`${String(asyncScheduler.now())} ${inShort(delivery)}`));
  });
  return timeline;
}

/** The attempts for batches that are emitted synchronously: time, id, parent, events and number. */
function attemptsOf(letters: readonly string[], process: Process, options: DeliverOptions = {}): string[] {
  const attempts: string[] = [];
  const logging: Process = (batch, context) => {
    const parent = batch.parentId === undefined ? '' : `<${batch.parentId}`;
    attempts.push(`${String(asyncScheduler.now())} ${batch.id}${parent}:${namesOf(batch)}#${String(context.attempt)}`);
    return process(batch, context);
  };
  timelineOf(letters, logging, options);
  return attempts;
}

describe('deliver', () => {
  describeOperatorContract('deliver', {
    create: () => deliver<Named>(sinkOf(() => undefined)),
    values: [batchNamed('ab'), batchNamed('c'), batchNamed('d')],
  });

  describe('an attempt', () => {
    it('succeeds when the Observable of the sink completes', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('  a------b-----|', { a: batchNamed('a'), b: batchNamed('b') });
        const subs = '         ^------------!';
        const answer = cold('  ---|');
        const answerSubs = [' ^--!       ', '       -------^--!'];
        const expected = '     ---a------b--|';
        expectObservable(source.pipe(deliver(sinkOf(() => answer)), map(inShort))).toBe(expected, {
          a: 'a delivered 1',
          b: 'b delivered 1',
        });
        expectSubscriptions(source.subscriptions).toBe(subs);
        expectSubscriptions(answer.subscriptions).toBe(answerSubs);
      });
    });

    it('succeeds when the sink returns nothing, or another value', () => {
      for (const answer of [undefined, null, 42, { changes: 1 }]) {
        expect(timelineOf(['a', 'b'], () => answer as undefined)).to.deep.equal(['0 a delivered 1', '0 b delivered 1']);
      }
    });

    it('fails with `write_failed` for an exception or error that is not a SinkError', () => {
      const options = { retry: { maxAttempts: 1 } };
      const throwing: Process = () => {
        throw new Error('boom');
      };
      expect(timelineOf(['a'], throwing, options)).to.deep.equal(['0 a write_failed 1']);
      expect(timelineOf(['a'], () => throwError(() => 'boom'), options)).to.deep.equal(['0 a write_failed 1']);
      expect(timelineOf(['a'], () => failure('rejected'), options)).to.deep.equal(['0 a rejected 1']);
    });

    it('times out after timeoutMs in all, even if it keeps emitting', () => {
      const options = { timeoutMs: 50, retry: { maxElapsedMs: 0 } };
      expect(timelineOf(['a'], () => timer(0, 20), options)).to.deep.equal(['50 a timeout 1']);
    });

    it('aborts its signal when it times out, and only then', () => {
      const signals: AbortSignal[] = [];
      const keep =
        (answer: Answer): Process =>
        (_batch, { signal }) => {
          signals.push(signal);
          return answer;
        };
      timelineOf(['a'], keep(NEVER), { timeoutMs: 50, retry: { maxElapsedMs: 0 } });
      timelineOf(['a'], keep(of(1)));
      timelineOf(['a'], keep(failure('rejected')));
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, false, false]);
    });

    it('ignores an answer after the timeout', () => {
      const late = new Subject<never>();
      const process = answering(late, undefined);
      const timeline: string[] = [];
      marbles(() => {
        const batches = new Subject<EventBatch<Named>>();
        batches
          .pipe(deliver(sinkOf(process), { timeoutMs: 50, retry: { jitter: 'none' } }))
          .subscribe((delivery) => timeline.push(`${String(asyncScheduler.now())} ${inShort(delivery)}`));
        batches.next(batchNamed('a'));
        timer(60).subscribe(() => {
          late.complete();
        });
      });
      expect(timeline).to.deep.equal(['550 a delivered 2']);
    });

    it('fails once for each hostile value that the sink throws', () => {
      const hostile = new Proxy(
        {},
        {
          has: () => {
            throw new Error('boom');
          },
        },
      );
      const unreadable = Object.defineProperty(new Error(), 'message', {
        get: () => {
          throw new Error('boom');
        },
      });
      const ours = Object.defineProperty(
        new SinkError('rejected', 'boom'),
        'kind',
        Object.getOwnPropertyDescriptor(unreadable, 'message') ?? {},
      );
      for (const thrown of [undefined, null, 'boom', hostile, unreadable, ours]) {
        expect(timelineOf(['a'], () => throwError(() => thrown), { retry: { maxAttempts: 1 } })).to.deep.equal(['0 a write_failed 1']);
      }
      const failed = null as unknown as undefined;
      expect(timelineOf(['a'], () => failure('rejected', { failed }))).to.deep.equal(['0 a rejected 1']);
    });

    it('is skipped for a batch without events', () => {
      expect(timelineOf(['', 'a'], () => timer(10))).to.deep.equal(['10 a delivered 1']);
    });

    it('keeps the order at concurrency 1, and runs up to `concurrency` attempts concurrently', () => {
      const slow: Process = () => timer(100);
      expect(timelineOf(['a', 'b', 'c'], slow)).to.deep.equal(['100 a delivered 1', '200 b delivered 1', '300 c delivered 1']);
      expect(timelineOf(['a', 'b', 'c'], slow, { concurrency: 2 })).to.deep.equal([
        '100 a delivered 1',
        '100 b delivered 1',
        '200 c delivered 1',
      ]);
    });

    it('does not grow the stack with a synchronous sink', () => {
      const letters = Array.from({ length: 20_000 }, () => 'a');
      expect(timelineOf(letters, () => undefined)).to.have.length(20_000);
    });
  });

  describe('a retry', () => {
    it('waits twice as long each time, up to maxDelayMs', () => {
      const options = { retry: { baseDelayMs: 100, maxDelayMs: 300, maxAttempts: 5 } };
      expect(attemptsOf(['a'], () => failure('write_failed'), options)).to.deep.equal([
        '0 a:a#1',
        '100 a:a#2',
        '300 a:a#3',
        '600 a:a#4',
        '900 a:a#5',
      ]);
    });

    it('draws its delay from the whole interval with full jitter', () => {
      const draws = [0.5, 0.25, 0];
      const options = { random: () => draws.shift() ?? 0, retry: { jitter: 'full', baseDelayMs: 100, maxAttempts: 4 } } as const;
      expect(attemptsOf(['a'], () => failure('write_failed'), options)).to.deep.equal(['0 a:a#1', '50 a:a#2', '100 a:a#3', '100 a:a#4']);
    });

    it('keeps the id and the events of the batch', () => {
      const seen: EventBatch<Named>[] = [];
      const process = answering(failure('write_failed'), undefined);
      timelineOf(['ab'], (batch, context) => {
        seen.push(batch);
        return process(batch, context);
      });
      expect(seen).to.have.length(2);
      expect(seen[0]).to.equal(seen[1]);
    });

    it('ends after maxAttempts', () => {
      const options = { retry: { baseDelayMs: 10, maxAttempts: 3 } };
      expect(timelineOf(['a'], () => failure('write_failed'), options)).to.deep.equal(['30 a write_failed 3']);
    });

    it('continues during an outage until maxElapsedMs, regardless of maxAttempts', () => {
      const options = { breaker: false, retry: { baseDelayMs: 100, maxDelayMs: 100, maxAttempts: 1, maxElapsedMs: 1_000 } } as const;
      expect(timelineOf(['a'], () => failure('unavailable'), options)).to.deep.equal(['1000 a unavailable 11']);
    });

    it('is skipped for errors that are final', () => {
      expect(timelineOf(['a'], () => failure('rejected', { retryable: true }))).to.deep.equal(['0 a rejected 1']);
      expect(timelineOf(['a'], () => failure('write_failed', { retryable: false }))).to.deep.equal(['0 a write_failed 1']);
    });

    it('waits for Retry-After, at most 300 s', () => {
      const after = (retryAfterMs: number): Process => answering(failure('unavailable', { retryAfterMs }), undefined);
      expect(timelineOf(['a'], after(7_000))).to.deep.equal(['7000 a delivered 2']);
      expect(timelineOf(['a'], after(999_000_000))).to.deep.equal(['300000 a delivered 2']);
    });

    it('waits for a Retry-After even if it ends after maxElapsedMs', () => {
      const process = answering(failure('unavailable', { retryAfterMs: 5_000 }), undefined);
      expect(timelineOf(['a'], process, { retry: { maxElapsedMs: 1_000 } })).to.deep.equal(['5000 a delivered 2']);
    });

    it('survives ids and randomness that throw', () => {
      const boom = (): never => {
        throw new Error('boom');
      };
      const process: Process = ({ events }) => (events.length > 1 ? failure('too_large') : undefined);
      expect(timelineOf(['ab'], process, { newId: boom })).to.deep.equal(['0 a delivered 1', '0 b delivered 1']);
      const twice = answering(failure('write_failed'), undefined);
      expect(timelineOf(['a'], twice, { random: boom, retry: { jitter: 'full' } })).to.have.length(1);
    });

    it('delays later batches, so that the order is kept', () => {
      const process = answering(failure('write_failed'), undefined);
      expect(timelineOf(['a', 'b'], process, { retry: { baseDelayMs: 100 } })).to.deep.equal(['100 a delivered 2', '100 b delivered 1']);
    });

    it('loses nothing in an outage of a minute, with default options', () => {
      const process: Process = () => (asyncScheduler.now() < 60_000 ? failure('unavailable') : undefined);
      expect(timelineOf(['a', 'b', 'c'], process).map((line) => line.split(' ')[2])).to.deep.equal(['delivered', 'delivered', 'delivered']);
    });
  });

  it('spreads the retries of collectors whose endpoints recover at the same time', () => {
    const outage: Process = () => (asyncScheduler.now() < 60_000 ? failure('unavailable') : undefined);
    const random = seededRandom(408);
    const returns = Array.from({ length: 20 }, () => timelineOf(['a'], outage, { random, retry: { jitter: 'full' } })[0]?.split(' ')[0]);
    expect(new Set(returns).size).to.equal(20);
  });

  describe('a batch whose content changes', () => {
    it('is halved when it is too large, in order, each half a batch of its own', () => {
      const process: Process = ({ events }) => (events.length > 1 ? failure('too_large') : undefined);
      expect(attemptsOf(['abcd', 'e'], process)).to.deep.equal([
        '0 abcd:abcd#1',
        '0 id1<abcd:ab#1',
        '0 id3<id1:a#1',
        '0 id4<id1:b#1',
        '0 id2<abcd:cd#1',
        '0 id5<id2:c#1',
        '0 id6<id2:d#1',
        '0 e:e#1',
      ]);
    });

    it('fails without a retry if a single event is too large', () => {
      const process: Process = ({ events }) => (events.some(({ id }) => id === 'b') ? failure('too_large') : undefined);
      expect(timelineOf(['abc'], process)).to.deep.equal(['0 a delivered 1', '0 b too_large 1', '0 c delivered 1']);
    });

    it('is retried without the delivered events, under a new id', () => {
      const batch = batchNamed('abcd');
      const process = answering(failure('unavailable', { failed: [batch.events[1], { id: 'd' }] }), undefined);
      expect(attemptsOf(['abcd'], process, { retry: { baseDelayMs: 100 } })).to.deep.equal(['0 abcd:abcd#1', '100 id1<abcd:bd#2']);
    });

    it('reports how each part ended', () => {
      const failed = [{ id: 'b' }];
      expect(timelineOf(['abc'], () => failure('rejected', { failed }))).to.deep.equal(['0 ac delivered 1', '0 b rejected 1']);
      expect(timelineOf(['abc'], () => failure('rejected', { failed: [] }))).to.deep.equal(['0 abc delivered 1']);
    });

    it('counts as refused whole, and is halved, if it is reported as partly delivered without naming its events', () => {
      expect(timelineOf(['ab'], () => failure('rejected', { failed: [{ id: 'z' }] }))).to.deep.equal(['0 a rejected 1', '0 b rejected 1']);
    });

    it('has the last attempted id as its parent', () => {
      const process = answering(
        failure('unavailable', { failed: [{ id: 'b' }, { id: 'c' }] }),
        failure('unavailable', { failed: [{ id: 'c' }] }),
        undefined,
      );
      expect(attemptsOf(['abc'], process, { retry: { baseDelayMs: 100 } })).to.deep.equal([
        '0 abc:abc#1',
        '100 id1<abc:bc#2',
        '300 id2<id1:c#3',
      ]);
    });
  });

  describe('the breaker', () => {
    const options = { retry: { baseDelayMs: 10, maxDelayMs: 10 }, breaker: { failures: 3, openMs: 1_000 } };

    it('opens after `failures` in a row, and allows one probe after its pause', () => {
      const process: Process = () => (asyncScheduler.now() < 1_500 ? failure('unavailable') : undefined);
      expect(attemptsOf(['a', 'b'], process, options)).to.deep.equal([
        '0 a:a#1',
        '10 a:a#2',
        '20 a:a#3',
        '1020 a:a#4',
        '2020 a:a#5',
        '2020 b:b#1',
      ]);
    });

    it('allows a single probe, even if several batches wait', () => {
      const process: Process = () =>
        timer(100)
          .pipe(map(() => asyncScheduler.now()))
          .pipe(failingUntil(3_000));
      const attempts = attemptsOf(['a', 'b', 'c'], process, { ...options, concurrency: 3 });
      const times = attempts.map((line) => Number(line.split(' ')[0]));
      // Three fail at 100 ms and open it. The probes at 1,100 and 2,200 fail; the one at 3,300 succeeds and closes it.
      expect(times).to.deep.equal([0, 0, 0, 1_100, 2_200, 3_300, 3_400, 3_400]);
    });

    it('counts a rejected batch as a success', () => {
      const process: Process = () => failure('rejected');
      expect(timelineOf(['a', 'b', 'c', 'd', 'e'], process, options).map((line) => line.split(' ')[0])).to.deep.equal([
        '0',
        '0',
        '0',
        '0',
        '0',
      ]);
    });

    it('can be switched off', () => {
      const attempts = attemptsOf(['a'], () => failure('unavailable'), {
        ...options,
        breaker: false,
        retry: { baseDelayMs: 10, maxDelayMs: 10, maxElapsedMs: 100 },
      });
      expect(attempts).to.have.length(11);
    });
  });

  describe('a full lane', () => {
    const full = (overflow: DeliverOptions['overflow'], letters: readonly string[], maxEvents: number): string[] => {
      const dropped: string[] = [];
      const sent: string[] = [];
      marbles(() => {
        const process: Process = (batch) => {
          sent.push(namesOf(batch));
          return timer(100);
        };
        from(letters)
          .pipe(map(batchNamed), deliver(sinkOf(process), { overflow, maxEvents }))
          .subscribe((delivery) => {
            if (delivery.status === 'dropped') dropped.push(inShort(delivery));
          });
      });
      return [sent.join(' '), ...dropped];
    };

    it('drops the oldest event of the lowest priority', () => {
      expect(full('drop_lowest_priority', ['a', 'bNcz', 'dE'], 6)).to.deep.equal(['a bNc dE', 'z overflow 0']);
      expect(full('drop_lowest_priority', ['a', 'bNc', 'DEF'], 5)).to.deep.equal(['a N DEF', 'bc overflow 0']);
    });

    it('drops the oldest event that is not in flight', () => {
      expect(full('drop_oldest', ['a', 'bc', 'de'], 4)).to.deep.equal(['a c de', 'b overflow 0']);
      expect(full('drop_oldest', ['a', 'bc', 'de'], 3)).to.deep.equal(['a de', 'bc overflow 0']);
    });

    it('treats a value that is not an object as priority normal', () => {
      const statuses: string[] = [];
      of(batchOf({ id: 'a', sequence: 1, createdAt: 0, events: [null, 'b', undefined], reason: 'count' }))
        .pipe(deliver<string | null | undefined>({ name: 'sink', process: () => NEVER }, { maxEvents: 2 }))
        .subscribe(({ status, batch: { events } }) => statuses.push(`${status} ${String(events.length)}`));
      expect(statuses).to.deep.equal(['dropped 1']);
    });

    it('drops the newest event', () => {
      expect(full('drop_newest', ['a', 'bc', 'de'], 4)).to.deep.equal(['a bc d', 'e overflow 0']);
    });

    it('drops the excess of a batch that is larger than the lane', () => {
      expect(full('drop_oldest', ['abc'], 2)).to.deep.equal(['bc', 'a overflow 0']);
    });

    it('drops events that wait for a retry, and none in flight', () => {
      const process = answering(failure('unavailable'), undefined);
      const dropped = timelineOf(['ab', 'cd'], process, { overflow: 'drop_oldest', maxEvents: 3, retry: { baseDelayMs: 100 } });
      expect(dropped).to.deep.equal(['0 a overflow 1', '100 b delivered 2', '100 cd delivered 1']);
    });

    it('continues immediately when all events that waited for a retry were dropped', () => {
      const process = answering(failure('unavailable'), undefined);
      const dropped = timelineOf(['a', 'b'], process, { overflow: 'drop_oldest', maxEvents: 1, retry: { baseDelayMs: 100 } });
      expect(dropped).to.deep.equal(['0 a overflow 1', '0 b delivered 1']);
    });

    it('does not accept the overflow policy `block`', () => {
      expect(() =>
        deliver(
          sinkOf(() => undefined),
          { overflow: 'block' },
        ),
      ).to.throw(TypeError, "Expected `overflow` to be one of 'drop_lowest_priority'");
    });
  });

  it('refuses what is not a sink', () => {
    expect(() => deliver({ name: 'x' } as never)).to.throw(TypeError, 'Expected `sink` to be a sink');
  });

  it('settles its batches when its source completes inside a delivery', () => {
    const seen: string[] = [];
    marbles(() => {
      const source = new Subject<EventBatch<Named>>();
      source.pipe(deliver(sinkOf(() => timer(10)))).subscribe({
        next: (delivery) => {
          seen.push(inShort(delivery));
          source.complete();
        },
        complete: () => seen.push('complete'),
      });
      source.next(batchNamed('a'));
      source.next(batchNamed('b'));
    });
    expect(seen).to.deep.equal(['a delivered 1', 'b delivered 1', 'complete']);
  });

  it('settles everything before it completes or fails like its source', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('  (ab#)', { a: batchNamed('a'), b: batchNamed('b') });
      const answer = cold('  ---|');
      const expected = '     ---a--(b#)';
      expectObservable(source.pipe(deliver(sinkOf(() => answer)), map(namesOfDelivery))).toBe(expected);
    });
  });

  it('aborts active attempts on unsubscription', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  ab----', { a: batchNamed('a'), b: batchNamed('b') });
      const answer = cold('  -------');
      const unsub = '        ---!';
      const expected = '     ------';
      expectObservable(source.pipe(deliver(sinkOf(() => answer))), unsub).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectSubscriptions(answer.subscriptions).toBe('^--!');
    });
  });

  it('attempts nothing after unsubscription, not even batches sent by an abort listener', () => {
    const source = new Subject<EventBatch<Named>>();
    let attempts = 0;
    const process: Process = (_batch, { signal }) => {
      attempts += 1;
      signal.addEventListener('abort', () => {
        source.next(batchNamed('b'));
      });
      return NEVER;
    };
    const subscription = source.pipe(deliver(sinkOf(process), { concurrency: 2 })).subscribe();
    source.next(batchNamed('a'));
    subscription.unsubscribe();
    expect(attempts).to.equal(1);
  });
});

const namesOfDelivery = ({ batch }: Delivery<Named>): string => namesOf(batch);

/** Fails batches that arrive before `until`. */
const failingUntil = (until: number) =>
  map((now: number) => {
    if (now < until) throw new SinkError('unavailable', 'away');
    return now;
  });
