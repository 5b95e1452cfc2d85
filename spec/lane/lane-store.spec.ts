import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { BehaviorSubject, defer, from, ignoreElements, NEVER, of, Subject, throwError, VirtualTimeScheduler } from 'rxjs';
import {
  defaultRedaction,
  EventCollector,
  laneStore,
  MemorySink,
  SinkError,
  type AnalyticsEvent,
  type CollectorOptions,
  type DeadLetter,
  type ConsentState,
  type EventSink,
  type FlushReport,
  type RecoveredBatches,
  type StoreChange,
  type StoredBatch,
} from '../../lib/index.js';
import { batchOf } from '../../lib/event/batch-of.js';
import { expectBalanced } from '../support/books.js';
import { inBackground } from '../support/fitted.js';
import { MemoryStore } from '../support/memory-store.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('a durable lane', () => {
  let store: MemoryStore;

  beforeEach(() => {
    store = new MemoryStore();
  });

  function life(sink: EventSink, options: CollectorOptions = {}): EventCollector {
    return new EventCollector({
      sinks: [sink],
      config: { batch: { maxCount: 2 } },
      ...options,
      lane: { breaker: false, retry: { baseDelayMs: 0, maxAttempts: 2 }, ...options.lane, spool: store.open() },
    });
  }

  function collect(collector: EventCollector, from: number, to: number): void {
    for (let n = from; n < to; n += 1) collector.track('counted', { n });
  }

  const offline = (): EventSink => ({ name: 'a', process: () => NEVER });
  const numbersIn = (sink: MemorySink): number[] => sink.events.map(({ data }) => (data as { n: number }).n);

  /** A life that ends without notice: nothing of it reaches the store afterwards. */
  async function crashedLife(count: number): Promise<void> {
    const collector = life(offline());
    collect(collector, 0, count);
    await setImmediate();
    const stored = new Map(store.stored);
    await collector.shutdown({ timeoutMs: 0 });
    store.stored.clear();
    for (const [id, batch] of stored) store.stored.set(id, batch);
  }

  it('delivers batches of an earlier run before its own events, with the same batch ids', async () => {
    await crashedLife(4);
    const ids = [...store.stored.keys()];
    const sink = new MemorySink({ name: 'a' });
    const collector = life(sink);
    collect(collector, 4, 6);
    expect(sink.events).to.deep.equal([]);
    await collector.flush();
    expect(numbersIn(sink)).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(
      sink
        .getEvents()
        .slice(0, 2)
        .map(({ id }) => id),
    ).to.deep.equal(ids);
    expect(expectBalanced(collector).sinks.a).to.include({ offered: 2, recovered: 4, delivered: 6, kept: 0, pending: 0 });
    expect(store.stored.size).to.equal(0);
    await collector.shutdown();
    expect(store.closed).to.equal(2);
  });

  it('keeps undelivered events at shutdown', async () => {
    const collector = life(offline());
    collect(collector, 0, 3);
    await setImmediate();
    const report = await collector.shutdown({ timeoutMs: 0 });
    expect(report).to.deep.include({ timedOut: true, sinks: { a: { delivered: 0, failed: 0, dropped: 0, pending: 0, kept: 3 } } });
    expect(expectBalanced(collector).sinks.a).to.include({ offered: 3, kept: 3, dropped: 0 });
    expect(store.numbers()).to.deep.equal([[0, 1], [2]]);
  });

  describe('whose last attempt before the end fails', () => {
    const answering = (error: (events: readonly AnalyticsEvent[]) => SinkError): EventSink => ({
      name: 'a',
      process: ({ events }) => throwError(() => error(events)),
    });
    const refusing = answering(() => new SinkError('unavailable', '503'));
    // A back-off longer than any deadline here: shutdown ends it with a last attempt.
    const retry = { baseDelayMs: 60_000, maxDelayMs: 60_000, jitter: 'none', maxAttempts: 5 } as const;

    async function filled(sink: EventSink, options: CollectorOptions = { lane: { retry } }): Promise<EventCollector> {
      const collector = life(sink, options);
      await setImmediate();
      collect(collector, 0, 6);
      return collector;
    }

    it('keeps events at shutdown whose failure is retryable', async () => {
      for (const concurrency of [1, 3]) {
        store = new MemoryStore();
        const collector = await filled(refusing, { lane: { retry, concurrency } });
        const report = await collector.shutdown({ timeoutMs: 1_000 });
        expect(report).to.deep.include({ timedOut: false, sinks: { a: { delivered: 0, failed: 0, dropped: 0, pending: 0, kept: 6 } } });
        expectBalanced(collector);
        expect(store.numbers()).to.deep.equal([
          [0, 1],
          [2, 3],
          [4, 5],
        ]);
      }
    });

    it('settles kept events, and reports no loss', async () => {
      const collector = await filled(refusing);
      const types: string[] = [];
      collector.diagnostics$.subscribe(({ type }) => types.push(type));
      collector.deadLetters$.subscribe(() => types.push('dead letter'));
      const settled = collector.collectTracked({ type: 'counted', data: { n: 6 } });
      await collector.shutdown({ timeoutMs: 1_000 });
      expect((await settled).sinks).to.deep.equal({ a: 'kept' });
      expect(new Set(types)).to.deep.equal(new Set(['sink_error', 'shutdown']));
    });

    it('keeps events that a partial refusal does not name', async () => {
      const errors = [
        () => new SinkError('unavailable', '503'),
        (events: readonly AnalyticsEvent[]) => new SinkError('rejected', '207', { failed: events, rejected: events.slice(0, 1) }),
      ];
      const collector = await filled(
        answering((events) => errors.shift()!(events)),
        { lane: { retry }, config: { batch: { maxCount: 6 } } },
      );
      expect((await collector.shutdown({ timeoutMs: 1_000 })).sinks.a).to.include({ failed: 1, kept: 5 });
      expectBalanced(collector);
      expect(store.numbers()).to.deep.equal([[1, 2, 3, 4, 5]]);
    });

    it('fails events that are refused permanently, or have had all attempts', async () => {
      const rejecting = await filled(answering(() => new SinkError('rejected', '400')));
      expect((await rejecting.shutdown({ timeoutMs: 1_000 })).sinks.a)
        .to.include({ failed: 6 })
        .and.not.have.property('kept');
      const exhausted = await filled(
        answering(() => new SinkError('write_failed', 'disk')),
        { lane: { retry: { ...retry, maxAttempts: 2 } } },
      );
      expect((await exhausted.shutdown({ timeoutMs: 1_000 })).sinks.a)
        .to.include({ failed: 6 })
        .and.not.have.property('kept');
      expect(store.stored.size).to.equal(0);
    });

    it('fails events that the store does not have', async () => {
      const collector = await filled(refusing);
      store.writeError = new SinkError('unavailable', 'full');
      collect(collector, 6, 8);
      expect((await collector.shutdown({ timeoutMs: 1_000 })).sinks.a).to.include({ kept: 6, failed: 2 });
      expectBalanced(collector);
    });

    it('leaves nothing in the store when the sink is unregistered', async () => {
      const collector = await filled(refusing);
      expect((await collector.unregisterSink('a', { timeoutMs: 1_000 })).sinks.a)
        .to.include({ failed: 6 })
        .and.not.have.property('kept');
      expect(store.stored.size).to.equal(0);
      await collector.shutdown();
    });
  });

  it('stores a critical event immediately, with the other events of its batch', async () => {
    const collector = life(offline(), { config: { batch: { maxCount: 100 } } });
    await setImmediate();
    collect(collector, 0, 3);
    expect(store.numbers()).to.deep.equal([]);
    collector.collect({ type: 'counted', data: { n: 3 }, priority: 'critical' });
    expect(store.numbers()).to.deep.equal([[0, 1, 2, 3]]);
    await collector.shutdown({ timeoutMs: 0 });
  });

  it('stores neither sampled-out events nor redacted values', async () => {
    const collector = life(offline(), {
      config: { sampling: { rate: 0, minPerWindow: 0 } },
      redaction: defaultRedaction(),
    });
    await setImmediate();
    collector.track('counted', { n: 0 });
    collector.collect({ type: 'counted', priority: 'critical', data: { n: 1, mail: 'ada@example.com' } });
    expect(store.numbers()).to.deep.equal([[1]]);
    expect([...store.stored.values()].map(({ json }) => json.includes('ada@example.com'))).to.deep.equal([false]);
    await collector.shutdown({ timeoutMs: 0 });
  });

  it('stores the remaining part of a batch at its position', async () => {
    let attempts = 0;
    const collector = life({
      name: 'a',
      process: ({ events }) => {
        attempts += 1;
        if (attempts > 1) return NEVER;
        throw new SinkError('unavailable', 'half of it', { failed: [events[1]] });
      },
    });
    collect(collector, 0, 4);
    await setImmediate();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(store.numbers()).to.deep.equal([[1], [2, 3]]);
    expectBalanced(collector);
    await collector.shutdown({ timeoutMs: 0 });
    expect(expectBalanced(collector).sinks.a).to.include({ delivered: 1, kept: 3 });
  });

  it('stores the halves of a batch in order', async () => {
    const collector = life({
      name: 'a',
      process: ({ events }) => {
        if (events.length === 1) return NEVER;
        throw new SinkError('too_large', 'too large');
      },
    });
    collect(collector, 0, 4);
    await setImmediate();
    expect(store.numbers()).to.deep.equal([[0], [1], [2, 3]]);
    await collector.shutdown({ timeoutMs: 0 });
  });

  it('keeps the order when a half of an earlier run is halved again', async () => {
    const divide = (from: number): EventSink => ({
      name: 'a',
      process: ({ events }) => {
        if (events.length === from) throw new SinkError('too_large', 'too large');
        return NEVER;
      },
    });
    const first = life(divide(4), { config: { batch: { maxCount: 4 } } });
    await setImmediate();
    collect(first, 0, 4);
    await first.shutdown({ timeoutMs: 0 });
    expect(store.numbers()).to.deep.equal([
      [0, 1],
      [2, 3],
    ]);
    const second = life(divide(2));
    await setImmediate();
    expect(store.numbers()).to.deep.equal([[0], [1], [2, 3]]);
    await second.shutdown({ timeoutMs: 0 });
  });

  it('keeps the order of the next batch, too', async () => {
    const refuse: EventSink = {
      name: 'a',
      process: ({ events }) => {
        if (events.length > 1) throw new SinkError('too_large', 'too large');
        return NEVER;
      },
    };
    store.stored.set('half', {
      id: 'half',
      position: 5.5,
      json: JSON.stringify({ id: 'half', events: [{ data: { n: 0 } }, { data: { n: 1 } }] }),
    });
    const collector = life(refuse, { config: { batch: { maxCount: 1 } } });
    await setImmediate();
    collect(collector, 2, 3);
    await setImmediate();
    expect(store.numbers()).to.deep.equal([[0], [1], [2]]);
    expect(new Set([...store.stored.values()].map(({ position }) => position)).size).to.equal(3);
    await collector.shutdown({ timeoutMs: 0 });
  });

  it('removes events that failed, overflowed or were unregistered', async () => {
    const failing = life({
      name: 'a',
      process: () => {
        throw new SinkError('rejected', 'never');
      },
    });
    collect(failing, 0, 4);
    await failing.shutdown();
    expect(expectBalanced(failing).sinks.a).to.include({ failed: 4 });
    expect(store.stored.size).to.equal(0);

    store.canRead = false;
    const full = life(offline(), { lane: { maxEvents: 4 } });
    await setImmediate();
    collect(full, 0, 10);
    await setImmediate();
    expect(store.numbers()).to.deep.equal([
      [0, 1],
      [8, 9],
    ]);
    await full.unregisterSink('a', { timeoutMs: 0 });
    expect(store.stored.size).to.equal(0);
    expect(expectBalanced(full).sinks.a).to.include({ dropped: 10, kept: 0 });
    await full.shutdown();
  });

  it('makes a flush wait for the recovery that began before it', async () => {
    await crashedLife(2);
    const sink = new MemorySink({ name: 'a' });
    let open: () => void = () => undefined;
    store.opening = new Promise((resolve) => {
      open = resolve;
    });
    const collector = life(sink);
    const flushed = collector.flush();
    await setImmediate();
    expect(sink.events).to.deep.equal([]);
    open();
    expect((await flushed).timedOut).to.equal(false);
    expect(numbersIn(sink)).to.deep.equal([0, 1]);
    await collector.shutdown();
  });

  it('leaves the store as it is when it ends before the recovery', async () => {
    await crashedLife(2);
    store.opening = new Promise(() => undefined);
    const collector = life(offline());
    collect(collector, 2, 3);
    const report = await collector.shutdown({ timeoutMs: 0 });
    expect(report.sinks.a).to.deep.equal({ delivered: 0, failed: 0, dropped: 1, pending: 0 });
    expectBalanced(collector);
    expect(store.numbers()).to.deep.equal([[0, 1]]);
  });

  it('delivers batches that the store takes over from another process, after its own', async () => {
    const other = life(offline());
    await setImmediate();
    collect(other, 4, 6);
    const batches = [...store.stored.values()];
    await other.shutdown({ timeoutMs: 0 });
    store.stored.clear();

    const answers: (() => void)[] = [];
    const sink = new MemorySink({ name: 'a' });
    const slow: EventSink = {
      name: 'a',
      process: (batch) =>
        new Promise<void>((resolve) => {
          answers.push(() => {
            sink.process(batch);
            resolve();
          });
        }),
    };
    const collector = life(slow);
    await setImmediate();
    collect(collector, 0, 4);
    store.takenOver.next({ batches });
    expect(expectBalanced(collector).sinks.a).to.include({ offered: 4, recovered: 2, pending: 6 });
    const flushed = collector.flush();
    while (answers.length > 0) {
      answers.shift()?.();
      await setImmediate();
    }
    expect((await flushed).timedOut).to.equal(false);
    expect(numbersIn(sink)).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(store.stored.size).to.equal(0);
    await collector.shutdown();
    store.takenOver.next({ batches });
    expect(expectBalanced(collector).sinks.a).to.include({ recovered: 2, pending: 0 });
    expect(store.takenOver.observed).to.equal(false);
  });

  describe('whose store closes later', () => {
    it('is awaited by shutdown and unregisterSink', async () => {
      for (const end of ['shutdown', 'unregisterSink'] as const) {
        let close: () => void = () => undefined;
        store.closing = new Promise((resolve) => {
          close = resolve;
        });
        const collector = life(new MemorySink({ name: 'a' }));
        await setImmediate();
        collect(collector, 0, 2);
        let report: { timedOut: boolean } | undefined;
        const ended = (end === 'shutdown' ? collector.shutdown() : collector.unregisterSink('a')).then((ended) => (report = ended));
        await setImmediate();
        expect(report).to.equal(undefined);
        close();
        await ended;
        expect(report?.timedOut).to.equal(false);
        await collector.shutdown();
      }
      expect(store.closed).to.equal(2);
    });

    it('is not waited for after the deadline', async () => {
      store.closing = new Promise(() => undefined);
      const collector = life(new MemorySink({ name: 'a' }));
      await setImmediate();
      expect((await collector.shutdown({ timeoutMs: 5 })).timedOut).to.equal(true);
    });
  });

  describe('with more events than it holds in memory', () => {
    /** Answers one attempt after the other, when it is told to. */
    class Slow {
      readonly arrived: number[] = [];
      readonly sink: EventSink = {
        name: 'a',
        process: ({ events }) =>
          new Promise<void>((resolve) => {
            this.#answer = () => {
              this.arrived.push(...events.map(({ data }) => (data as { n: number }).n));
              resolve();
            };
          }),
      };
      #answer: (() => void) | undefined;

      async answer(times = 1): Promise<void> {
        for (let n = 0; n < times; n += 1) {
          const answer = this.#answer;
          this.#answer = undefined;
          answer?.();
          await setImmediate();
        }
      }
    }

    const from0 = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

    it('leaves the newest to the store, and reads them back in order', async () => {
      const slow = new Slow();
      const collector = life(slow.sink, { lane: { maxEvents: 4 } });
      await setImmediate();
      collect(collector, 0, 12);
      expect(expectBalanced(collector).sinks.a).to.include({ offered: 12, pending: 12, dropped: 0 });
      // Damaged after they left memory: they are read only when it is their turn.
      const last = [...store.stored.values()].at(-1)!;
      store.stored.set(last.id, { ...last, json: last.json.replace('"n":11', '"n":99') });
      await slow.answer(3);
      collect(collector, 12, 14);
      await slow.answer(10);
      expect(slow.arrived).to.deep.equal([...from0(11), 99, 12, 13]);
      expect(expectBalanced(collector).sinks.a).to.include({ delivered: 14, pending: 0 });
      await collector.shutdown();
      expect(store.stored.size).to.equal(0);
    });

    it('does not count events as kept at shutdown that the store has lost', async () => {
      const slow = new Slow();
      const collector = life(slow.sink, { lane: { maxEvents: 2 } });
      await setImmediate();
      collect(collector, 0, 10);
      store.stored.clear();
      store.takenOver.next({ batches: [], isLost: true });
      const { kept, dropped } = (await collector.shutdown({ timeoutMs: 0 })).sinks.a!;
      expect({ kept, dropped }).to.deep.equal({ kept: store.numbers().flat().length, dropped: 10 - store.numbers().flat().length });
      expect(kept).to.be.lessThan(10);
      expectBalanced(collector);
    });

    it('settles tracked events that were read back, dropped or kept', async () => {
      const slow = new Slow();
      const collector = life(slow.sink, { lane: { maxEvents: 4 } });
      await setImmediate();
      const settled = from0(12).map((n) => collector.collectTracked({ type: 'counted', data: { n } }));
      expect(expectBalanced(collector).sinks.a).to.include({ pending: 12, dropped: 0 });
      await slow.answer(4);
      const report = await collector.shutdown({ timeoutMs: 0 });
      expect(report.sinks.a).to.include({ delivered: 8, kept: 4 });
      const outcomes = (await Promise.all(settled)).map(({ sinks }) => sinks.a);
      expect(outcomes).to.deep.equal([...Array<string>(8).fill('delivered'), ...Array<string>(4).fill('kept')]);
    });

    it('does so with batches of an earlier run, and keeps them again', async () => {
      await crashedLife(12);
      const slow = new Slow();
      const collector = life(slow.sink, { lane: { maxEvents: 4 } });
      await setImmediate();
      await slow.answer(1);
      expect(expectBalanced(collector).sinks.a).to.include({ recovered: 12, delivered: 2, pending: 10 });
      expect((await collector.flush({ timeoutMs: 0 })).sinks.a).to.include({ pending: 10, safe: 10 });
      const report = await collector.shutdown({ timeoutMs: 0 });
      expect(report.sinks.a).to.deep.equal({ delivered: 2, failed: 0, dropped: 0, pending: 0, kept: 10 });
      expectBalanced(collector);
      expect(store.numbers()).to.deep.equal([[2, 3], [4, 5], [6, 7], [8, 9], [10, 11]]); // prettier-ignore
    });

    it('drops events that the store refuses', async () => {
      const slow = new Slow();
      const collector = life(slow.sink, { lane: { maxEvents: 4 } });
      await setImmediate();
      collect(collector, 0, 8);
      store.writeError = new SinkError('unavailable', 'full');
      collect(collector, 8, 14);
      expect(expectBalanced(collector).sinks.a).to.include({ pending: 10, dropped: 4 });
      store.writeError = undefined;
      await slow.answer(10);
      // Stored ones make room in memory; of those that are in memory only, the oldest are dropped.
      expect(slow.arrived).to.deep.equal([...from0(8), 12, 13]);
      await collector.shutdown();
    });

    it('evicts events by priority that were read back', async () => {
      const slow = new Slow();
      const sink: EventSink = {
        name: 'a',
        process: (batch, attempt) => {
          if (slow.arrived.length === 0) return slow.sink.process(batch, attempt);
          throw new SinkError('unavailable', '503');
        },
      };
      const collector = life(sink, {
        config: { batch: { maxCount: 1 } },
        lane: { maxEvents: 2, retry: { baseDelayMs: 60_000, maxDelayMs: 60_000, jitter: 'none' } },
      });
      const dropped: unknown[] = [];
      collector.deliveries$.subscribe(({ status, batch }) => {
        if (status === 'dropped') dropped.push(...batch.events.map(({ data }) => data));
      });
      await setImmediate();
      for (const data of ['a', 'b', 'c']) collector.collect({ type: 'counted', data });
      store.writeError = new SinkError('unavailable', 'full');
      for (const data of ['D', 'E']) collector.collect({ type: 'counted', data, priority: 'high' });
      expect(dropped).to.deep.equal(['D']);
      await slow.answer();
      collector.collect({ type: 'counted', data: 'F', priority: 'high' });
      // Then `c` is read back, and is one too many after its attempt.
      expect(dropped).to.deep.equal(['D', 'b', 'c']);
      await collector.shutdown({ timeoutMs: 0 });
      expectBalanced(collector);
    });

    it('removes it from the store when consent is denied, or the sink is unregistered', async () => {
      const consent$ = new BehaviorSubject<ConsentState>('granted');
      const slow = new Slow();
      const collector = life(slow.sink, { lane: { maxEvents: 4 }, consent$ });
      const losses: number[] = [];
      collector.diagnostics$.subscribe((diagnostic) => {
        if (diagnostic.type === 'loss') losses.push(diagnostic.count);
      });
      await setImmediate();
      collect(collector, 0, 12);
      consent$.next('denied');
      // The batch in flight may still arrive.
      expect(expectBalanced(collector).sinks.a).to.deep.include({ pending: 2, dropped: 10, droppedBy: { consent: 10 } });
      expect(store.numbers()).to.deep.equal([[0, 1]]);
      consent$.next('granted');
      collect(collector, 12, 24);
      await collector.unregisterSink('a', { timeoutMs: 0 });
      expect(expectBalanced(collector).sinks.a).to.include({ dropped: 24, kept: 0 });
      expect(store.stored.size).to.equal(0);
      await collector.shutdown();
      expect(losses.reduce((a, b) => a + b, 0)).to.equal(24);
    });

    it('fails a batch that the store does not return', async () => {
      const slow = new Slow();
      const collector = life(slow.sink, { lane: { maxEvents: 4 } });
      await setImmediate();
      collect(collector, 0, 8);
      const last = [...store.stored.values()].at(-1)!;
      store.stored.set(last.id, { ...last, json: '{' });
      await slow.answer(10);
      expect(slow.arrived).to.deep.equal(from0(6));
      expect(expectBalanced(collector).sinks.a).to.include({ delivered: 6, failed: 2, pending: 0 });
      await collector.shutdown();
    });

    describe('and a store that fails to read for a while', () => {
      let slow: Slow;
      let collector: EventCollector;
      let settled: Promise<readonly (string | undefined)[]>;
      let consent$: BehaviorSubject<ConsentState>;

      async function filled(retry: object): Promise<void> {
        slow = new Slow();
        consent$ = new BehaviorSubject<ConsentState>('granted');
        collector = life(slow.sink, { consent$, lane: { maxEvents: 4, retry } });
        await setImmediate();
        const tracked = from0(8).map((n) => collector.collectTracked({ type: 'counted', data: { n } }));
        settled = Promise.all(tracked).then((all) => all.map(({ sinks }) => sinks.a));
        store.reading = throwError(() => new SinkError('unavailable', 'busy', { code: 'SQLITE_BUSY' }));
      }

      it('reads again', async () => {
        await filled({ baseDelayMs: 60_000, maxDelayMs: 60_000, jitter: 'none' });
        await slow.answer(5);
        expect(slow.arrived).to.deep.equal(from0(4));
        expect(expectBalanced(collector).sinks.a).to.include({ delivered: 4, failed: 0, pending: 4 });
        store.reading = of(undefined);
        collector.retryNow();
        await slow.answer(5);
        expect(slow.arrived).to.deep.equal(from0(8));
        await collector.shutdown();
        expect(await settled).to.deep.equal(Array<string>(8).fill('delivered'));
      });

      it('keeps batches at shutdown that are still in the store', async () => {
        await filled({ baseDelayMs: 60_000, maxDelayMs: 60_000, jitter: 'none' });
        await slow.answer(5);
        const report = await collector.shutdown({ timeoutMs: 1_000 });
        expect(report).to.deep.include({ timedOut: false });
        expect(report.sinks.a).to.include({ delivered: 4, failed: 0, kept: 4 });
        expect(await settled).to.deep.equal([...Array<string>(4).fill('delivered'), ...Array<string>(4).fill('kept')]);
        expect(store.numbers().flat()).to.deep.equal([4, 5, 6, 7]);
      });

      it('limits the reads like the attempts of a sink', async () => {
        await filled({ maxElapsedMs: 0, baseDelayMs: 10, jitter: 'none' });
        const stored: unknown[] = [];
        collector.deliveries$.subscribe((delivery) => {
          if (delivery.status === 'failed') stored.push([delivery.stored, delivery.error.code]);
        });
        await slow.answer(5);
        expect(stored).to.deep.equal([
          [2, 'SQLITE_BUSY'],
          [2, 'SQLITE_BUSY'],
        ]);
        expect(await settled).to.deep.equal([...Array<string>(4).fill('delivered'), ...Array<string>(4).fill('failed')]);
        await collector.shutdown();
        expect(store.stored.size).to.equal(0);
      });

      it('settles events when consent is denied meanwhile', async () => {
        await filled({ baseDelayMs: 60_000, maxDelayMs: 60_000, jitter: 'none' });
        await slow.answer(5);
        consent$.next('denied');
        expect((await settled).slice(4)).to.deep.equal(Array<string>(4).fill('dropped'));
        expectBalanced(collector);
        expect(store.stored.size).to.equal(0);
        await collector.shutdown();
      });
    });

    it('settles tracked events that are halved after they were read back', async () => {
      let isUp = false;
      const collector = life(
        {
          name: 'a',
          process: ({ events }) => {
            if (!isUp) return NEVER;
            if (events.length > 1) throw new SinkError('too_large', 'too large');
            return undefined;
          },
        },
        { lane: { maxEvents: 2, timeoutMs: 20, retry: { baseDelayMs: 0 } } },
      );
      await setImmediate();
      const settled = from0(6).map((n) => collector.collectTracked({ type: 'counted', data: { n } }));
      isUp = true;
      await collector.flush();
      const outcomes = (await Promise.all(settled)).map(({ sinks }) => sinks.a);
      expect(outcomes).to.deep.equal(Array<string>(6).fill('delivered'));
      expectBalanced(collector);
      await collector.shutdown();
    });

    it('waits for a store that answers later, before it drops', async () => {
      const slow = new Slow();
      store.writing = new Subject();
      const collector = life(slow.sink, { lane: { maxEvents: 4 } });
      await setImmediate();
      collect(collector, 0, 8);
      expect(expectBalanced(collector).sinks.a).to.include({ pending: 8, dropped: 0 });
      // What is being written is bounded, too.
      collect(collector, 8, 12);
      expect(expectBalanced(collector).sinks.a).to.include({ pending: 8, dropped: 4 });
      store.writing.complete();
      await slow.answer(10);
      expect(expectBalanced(collector).sinks.a).to.include({ delivered: 8, pending: 0 });
      await collector.shutdown();
    });

    it('continues with the next batch when the store refuses the one that waits for another attempt', async () => {
      store.canRead = false;
      const answered: Subject<void>[] = [];
      const arrived: number[] = [];
      let isUp = false;
      const sink: EventSink = {
        name: 'a',
        process: ({ events }) => {
          if (!isUp) throw new SinkError('unavailable', 'down');
          arrived.push(...events.map(({ data }) => (data as { n: number }).n));
        },
      };
      store.writing = new Subject();
      answered.push(store.writing);
      const collector = life(sink, { lane: { maxEvents: 2, overflow: 'drop_oldest', retry: { baseDelayMs: 60_000, jitter: 'none' } } });
      await setImmediate();
      collect(collector, 0, 4);
      isUp = true;
      for (const answer of answered) answer.complete();
      await setImmediate();
      expect(arrived).to.deep.equal([2, 3]);
      expect(expectBalanced(collector).sinks.a).to.include({ dropped: 2, delivered: 2, pending: 0 });
      await collector.shutdown({ timeoutMs: 0 });
    });

    it('leaves them to the store if the lane blocks, too', async () => {
      await crashedLife(8);
      const collector = life(offline(), { lane: { maxEvents: 4, overflow: 'block' } });
      await setImmediate();
      const reads: unknown[] = [];
      store.reading = defer(() => {
        reads.push(1);
        return of(undefined);
      });
      await collector.shutdown({ timeoutMs: 0 });
      expect(reads).to.deep.equal([]);
      const slow = new Slow();
      const next = life(slow.sink, { lane: { maxEvents: 4, overflow: 'block' } });
      await setImmediate();
      await slow.answer(4);
      expect(slow.arrived).to.deep.equal(from0(8));
      expect(reads.length).to.be.greaterThan(0);
      await next.shutdown();
    });

    it('does not report a batch as damaged that consent removed while it was being read', async () => {
      await crashedLife(8);
      const consent$ = new BehaviorSubject<ConsentState>('granted');
      const reading = new Subject<undefined>();
      store.reading = reading;
      const slow = new Slow();
      const collector = life(slow.sink, { lane: { maxEvents: 4 }, consent$ });
      const reports: unknown[] = [];
      collector.diagnostics$.subscribe((diagnostic) => {
        if (diagnostic.type === 'sink_error') reports.push(diagnostic.error.message);
      });
      await setImmediate();
      await slow.answer(2);
      consent$.next('denied');
      reading.next(undefined);
      reading.complete();
      await setImmediate();
      await collector.shutdown();
      expect(reports).to.deep.equal([]);
      expectBalanced(collector);
    });

    it('keeps or drops batches that are being read when the lane ends', async () => {
      for (const end of ['shutdown', 'unregister'] as const) {
        await crashedLife(8);
        const reading = new Subject<undefined>();
        store.reading = reading;
        const slow = new Slow();
        const collector = life(slow.sink, { lane: { maxEvents: 4 } });
        await setImmediate();
        await slow.answer(2);
        expect(slow.arrived).to.deep.equal(from0(4));
        if (end === 'unregister') await collector.unregisterSink('a', { timeoutMs: 0 });
        await collector.shutdown({ timeoutMs: 0 });
        expect(expectBalanced(collector).sinks.a).to.include(end === 'shutdown' ? { kept: 4, dropped: 0 } : { kept: 0, dropped: 4 });
        reading.next(undefined);
        reading.complete();
        await slow.answer(2);
        expect(slow.arrived).to.deep.equal(from0(4));
        expectBalanced(collector);
        store.stored.clear();
        store.reading = of(undefined);
      }
    });
  });

  describe('with limits of its store', () => {
    it('keeps batches beyond `maxEvents` or `maxBytes` in memory only, and reports them', async () => {
      for (const limits of [{ maxEvents: 4 }, { maxBytes: 2_000 }]) {
        store = new MemoryStore(limits);
        const collector = life(offline());
        const errors: unknown[] = [];
        collector.diagnostics$.subscribe((diagnostic) => {
          if (diagnostic.type === 'sink_error') errors.push(diagnostic.error.code);
        });
        await setImmediate();
        collect(collector, 0, 6);
        expect(store.numbers()).to.deep.equal([
          [0, 1],
          [2, 3],
        ]);
        expect(errors).to.deep.equal(['SPOOL_FULL']);
        const report = await collector.shutdown({ timeoutMs: 0 });
        expect(report.sinks.a).to.include({ kept: 4, dropped: 2 });
      }
    });

    it('has room again when batches are settled', async () => {
      store = new MemoryStore({ maxEvents: 2 });
      const sink = new MemorySink({ name: 'a' });
      const collector = life(sink);
      await setImmediate();
      let reports = 0;
      collector.diagnostics$.subscribe(({ type }) => (reports += Number(type === 'sink_error')));
      collect(collector, 0, 20);
      await collector.shutdown();
      expect(sink.events).to.have.length(20);
      expect(reports).to.equal(0);
    });

    it('drops batches older than `maxAgeMs` when they are read', async () => {
      await crashedLife(4);
      const [first] = [...store.stored.values()];
      store.stored.set(first!.id, { ...first!, json: first!.json.replace(/"createdAt":\d+/, '"createdAt":1000') });
      store.limits = { maxAgeMs: 60_000 };
      const sink = new MemorySink({ name: 'a' });
      const collector = life(sink);
      await collector.shutdown();
      expect(numbersIn(sink)).to.deep.equal([2, 3]);
      expect(expectBalanced(collector).sinks.a).to.deep.include({ recovered: 4, dropped: 2, droppedBy: { expired: 2 } });
      expect(store.stored.size).to.equal(0);
    });

    it('refuses invalid limits', () => {
      expect(() => laneStore(() => undefined as never, { maxEvents: 0 })).to.throw(TypeError, 'Expected `maxEvents` to be');
      expect(() => laneStore(() => undefined as never, { maxAge: 1 } as never)).to.throw(TypeError, 'Did you mean `maxAgeMs`?');
    });
  });

  describe('with consent', () => {
    it('sends recovered batches only once consent is granted', async () => {
      await crashedLife(2);
      const consent$ = new Subject<ConsentState>();
      const sink = new MemorySink({ name: 'a' });
      const collector = life(sink, { consent$ });
      await setImmediate();
      expect(sink.events).to.deep.equal([]);
      expect(expectBalanced(collector).sinks.a).to.include({ recovered: 2, pending: 2 });
      consent$.next('granted');
      expect(numbersIn(sink)).to.deep.equal([0, 1]);
      await collector.shutdown();
    });

    it('removes them when consent is denied, even before the recovery', async () => {
      for (const isEarly of [false, true]) {
        await crashedLife(2);
        const consent$ = new Subject<ConsentState>();
        const sink = new MemorySink({ name: 'a' });
        const collector = life(sink, { consent$ });
        if (!isEarly) await setImmediate();
        consent$.next('denied');
        await setImmediate();
        expect(sink.events).to.deep.equal([]);
        expect(store.stored.size).to.equal(0);
        expect(expectBalanced(collector).sinks.a).to.deep.include({ recovered: 2, dropped: 2, droppedBy: { consent: 2 } });
        await collector.shutdown();
      }
    });

    describe('that is denied before the store is open', () => {
      let open: () => void;
      let consent$: Subject<ConsentState>;

      beforeEach(async () => {
        await crashedLife(2);
        consent$ = new Subject();
        store.opening = new Promise((resolve) => {
          open = resolve;
        });
      });

      it('delivers only events that are collected once it is granted again', async () => {
        const sink = new MemorySink({ name: 'a' });
        const collector = life(sink, { consent$ });
        consent$.next('denied');
        consent$.next('granted');
        collect(collector, 2, 4);
        const settled = collector.collectTracked({ type: 'counted', data: { n: 4 } });
        open();
        await collector.flush();
        expect(numbersIn(sink)).to.deep.equal([2, 3, 4]);
        expect((await settled).sinks).to.deep.equal({ a: 'delivered' });
        expect(expectBalanced(collector).sinks.a).to.deep.include({ recovered: 2, delivered: 3, droppedBy: { consent: 2 } });
        expect(store.stored.size).to.equal(0);
        await collector.shutdown();
      });

      it('empties the store, though it is unknown again at shutdown', async () => {
        const collector = life(offline(), { consent$ });
        consent$.next('denied');
        consent$.next('unknown');
        const ended = collector.shutdown();
        open();
        expect((await ended).sinks.a).to.deep.equal({ delivered: 0, failed: 0, dropped: 2, pending: 0 });
        expect(store.stored.size).to.equal(0);
      });

      it('empties the store even if it opens after the deadline of shutdown', async () => {
        const collector = life(offline(), { consent$ });
        consent$.next('denied');
        await collector.shutdown({ timeoutMs: 0 });
        open();
        await setImmediate();
        expect(store.stored.size).to.equal(0);
        expect(store.closed).to.equal(2);
      });
    });

    it('removes batches that are recovered after consent was denied', async () => {
      await crashedLife(2);
      const batches = [...store.stored.values()];
      const consent$ = new BehaviorSubject<ConsentState>('denied');
      const sink = new MemorySink({ name: 'a' });
      const late = new MemorySink({ name: 'b' });
      const collector = life(sink, { consent$ });
      await setImmediate();
      store.takenOver.next({ batches });
      expect(expectBalanced(collector).sinks.a).to.deep.include({ recovered: 4, dropped: 4, droppedBy: { consent: 4 } });
      store.stored.set('x', batches[0]!);
      collector.registerSink(late);
      await setImmediate();
      expect(expectBalanced(collector).sinks.b).to.include({ recovered: 2, dropped: 2 });
      expect([...sink.events, ...late.events]).to.deep.equal([]);
      await collector.shutdown();
    });

    it('keeps it without waiting when the collector is shut down before', async () => {
      await crashedLife(2);
      const collector = life(offline(), { consent$: NEVER });
      await setImmediate();
      const report = await collector.shutdown({ timeoutMs: Infinity });
      expect(report.sinks.a).to.deep.include({ kept: 2 });
      expect(store.numbers()).to.deep.equal([[0, 1]]);
      expectBalanced(collector);
    });
  });

  describe('whose store fails', () => {
    it('delivers from memory, and reports each failure', async () => {
      store.openError = new SinkError('unavailable', 'locked');
      const sink = new MemorySink({ name: 'a' });
      const collector = life(sink);
      const errors: unknown[] = [];
      collector.diagnostics$.subscribe((diagnostic) => {
        if (diagnostic.type === 'sink_error') errors.push(diagnostic.error.message);
      });
      collect(collector, 0, 2);
      await collector.flush();
      expect(numbersIn(sink)).to.deep.equal([0, 1]);
      expect(errors).to.deep.equal(['locked']);
      await collector.shutdown();
      expectBalanced(collector);
    });

    for (const [what, recover] of [
      ['completes without saying what it has', () => from(Promise.resolve()).pipe(ignoreElements())],
      ['emits nothing', () => Promise.resolve()],
    ] as const)
      it(`delivers from memory if \`recover\` ${what}, and reports it`, async () => {
        const sink = new MemorySink({ name: 'a' });
        const spool = laneStore(() => ({ recover, write: () => undefined, close: () => undefined }) as never);
        const collector = new EventCollector({ sinks: [sink], lane: { spool } });
        const errors: unknown[] = [];
        collector.diagnostics$.subscribe((diagnostic) => {
          if (diagnostic.type === 'sink_error') errors.push(diagnostic.error.message);
        });
        collect(collector, 0, 2);
        await collector.flush();
        expect(numbersIn(sink)).to.deep.equal([0, 1]);
        expect(errors).to.have.length(1);
        await collector.shutdown();
      });

    it('does not store an event that was dropped while it was first written', async () => {
      store.canRead = false;
      let open = (): void => undefined;
      store.opening = new Promise((resolve) => (open = resolve));
      const collector = life(offline(), { config: { batch: { maxCount: 1 } }, lane: { maxEvents: 3, overflow: 'drop_oldest' } });
      collector.diagnostics$.subscribe(({ type }) => {
        if (type !== 'sink_error') return;
        store.writeError = undefined;
        collect(collector, 3, 9);
      });
      collect(collector, 0, 3);
      store.writeError = new SinkError('unavailable', 'full');
      open();
      await setImmediate();
      expect(expectBalanced(collector).sinks.a).to.include({ dropped: 6, pending: 3 });
      expect(store.numbers()).to.deep.equal([[6], [7], [8]]);
      await collector.shutdown({ timeoutMs: 0 });
    });

    it('reports each code separately from failed attempts of the same kind', async () => {
      store.writeError = new SinkError('unavailable', 'full', { code: 'ENOSPC' });
      const refusing: EventSink = { name: 'a', process: () => throwError(() => new SinkError('unavailable', '503')) };
      const collector = life(refusing, { lane: { retry: { maxElapsedMs: 0 } } });
      const codes: string[] = [];
      collector.diagnostics$.subscribe((diagnostic) => {
        if (diagnostic.type === 'sink_error') codes.push(diagnostic.error.code);
      });
      await setImmediate();
      collect(collector, 0, 6);
      store.writeError = new SinkError('unavailable', 'locked', { code: 'EAGAIN' });
      collect(collector, 6, 12);
      expect(codes).to.deep.equal(['ENOSPC', 'SINK_UNAVAILABLE', 'EAGAIN']);
      await collector.shutdown({ timeoutMs: 0 });
    });

    it('drops events at shutdown that the store has not written', async () => {
      const collector = life(offline());
      await setImmediate();
      collect(collector, 0, 2);
      store.writeError = new SinkError('unavailable', 'full');
      collect(collector, 2, 4);
      const report = await collector.shutdown({ timeoutMs: 0 });
      expect(report.sinks.a).to.deep.equal({ delivered: 0, failed: 0, dropped: 2, pending: 0, kept: 2 });
      expectBalanced(collector);
    });

    for (const canRead of [false, true])
      it(`stores the batches of the lane again when the store has lost them, ${canRead ? 'from the lane' : 'from copies'}`, async () => {
        store.canRead = canRead;
        const collector = life(offline());
        await setImmediate();
        collect(collector, 0, 4);
        store.stored.clear();
        store.writeError = new SinkError('unavailable', 'full');
        const damage = new SinkError('write_failed', 'cleared');
        store.takenOver.next({ batches: [], damage, isLost: true });
        expect(store.numbers()).to.deep.equal([]);
        store.writeError = undefined;
        store.takenOver.next({ batches: [], damage, isLost: true });
        expect(store.numbers()).to.deep.equal([
          [0, 1],
          [2, 3],
        ]);
        expect((await collector.shutdown({ timeoutMs: 0 })).sinks.a).to.include({ kept: 4, dropped: 0 });
      });

    it('reports damage, and batches that are not readable', async () => {
      await crashedLife(2);
      store.damage = new SinkError('write_failed', 'torn', { code: 'SPOOL_DAMAGED' });
      store.stored.set('x', { id: 'x', position: -1, json: '{' });
      const sink = new MemorySink({ name: 'a' });
      const collector = life(sink);
      let reports = 0;
      collector.diagnostics$.subscribe((diagnostic) => {
        if (diagnostic.type === 'sink_error') reports += diagnostic.count;
      });
      await collector.flush();
      await collector.shutdown();
      expect(numbersIn(sink)).to.deep.equal([0, 1]);
      expect(reports).to.equal(2);
      expect(store.stored.size).to.equal(0);
    });
  });

  describe('whose store does not answer', () => {
    let clock: VirtualClock;
    let sink: MemorySink;
    let opened: Subject<RecoveredBatches>;
    let written: Subject<void> | undefined;
    let read: Subject<string | undefined>;
    let asked: { writes: StoreChange[]; reads: number; closes: number };
    let codes: string[];
    /** What an earlier life has left. */
    const earlier: StoredBatch = {
      id: 'earlier',
      position: 0,
      json: JSON.stringify(batchOf({ id: 'earlier', sequence: 1, createdAt: 1, reason: 'count', events: [{ data: { n: -1 } }] })),
    };

    beforeEach(() => {
      clock = new VirtualClock();
      sink = new MemorySink({ name: 'a' });
      opened = new Subject();
      written = undefined;
      read = new Subject();
      asked = { writes: [], reads: 0, closes: 0 };
      codes = [];
    });

    function silent(
      options: CollectorOptions['lane'] = {},
      target: EventSink = sink,
      consent$: CollectorOptions['consent$'] = of('granted'),
    ): EventCollector {
      const spool = laneStore(() => ({
        recover: () => opened,
        write: (change) => {
          asked.writes.push(change);
          return written;
        },
        read: () => {
          asked.reads += 1;
          return read;
        },
        close: () => void (asked.closes += 1),
      }));
      const collector = new EventCollector({
        sinks: [target],
        scheduler: clock,
        consent$,
        config: { batch: { maxCount: 2 } },
        lane: { breaker: false, ...options, spool },
      });
      collector.diagnostics$.subscribe((diagnostic) => {
        if (diagnostic.type === 'sink_error') codes.push(diagnostic.error.code);
      });
      return collector;
    }

    const atDeadline = (ended: Promise<FlushReport>): Promise<FlushReport> => {
      clock.pass(0);
      return ended;
    };

    it('delivers from memory after 30 s, if it does not open', async () => {
      const collector = silent();
      collect(collector, 0, 2);
      clock.pass(29_999);
      expect([numbersIn(sink), codes]).to.deep.equal([[], []]);
      clock.pass(1);
      expect([numbersIn(sink), codes]).to.deep.equal([[0, 1], ['SPOOL_TIMEOUT']]);
      collect(collector, 2, 4);
      expect(numbersIn(sink)).to.deep.equal([0, 1, 2, 3]);
      // Nothing is waited for.
      expect((await collector.shutdown()).sinks['a']).to.include({ delivered: 4, pending: 0 });
      expect(asked.closes).to.equal(0);
      opened.next({ batches: [earlier] });
      expect(asked).to.deep.equal({ writes: [], reads: 0, closes: 1 });
    });

    it('uses it from then on, if it opens later', async () => {
      const collector = silent({ timeoutMs: Infinity }, offline());
      collect(collector, 0, 4);
      clock.pass(30_000);
      opened.next({ batches: [earlier] });
      expect(expectBalanced(collector).sinks['a']).to.include({ offered: 4, recovered: 1, pending: 5 });
      collect(collector, 4, 6);
      const { put } = asked.writes.reduce((all, change) => ({ put: [...all.put, ...change.put], remove: [] }));
      expect(put.map(({ position }) => position)).to.deep.equal([2, 3, 4]);
      expect((await atDeadline(collector.shutdown({ timeoutMs: 0 }))).sinks['a']).to.include({ kept: 7, dropped: 0 });
      expect(asked.closes).to.equal(1);
    });

    it('removes batches that it returns late, if consent was denied meanwhile', () => {
      const consent$ = new BehaviorSubject<ConsentState>('granted');
      const collector = silent({}, sink, consent$);
      clock.pass(30_000);
      consent$.next('denied');
      consent$.next('granted');
      collect(collector, 0, 2);
      opened.next({ batches: [earlier] });
      expect(numbersIn(sink)).to.deep.equal([0, 1]);
      expect(expectBalanced(collector).sinks['a']).to.deep.include({ recovered: 1, droppedBy: { consent: 1 } });
      expect(asked.writes).to.deep.equal([{ put: [], remove: ['earlier'] }]);
    });

    it('removes it, though the collector has ended', async () => {
      const collector = silent({}, sink, new BehaviorSubject<ConsentState>('denied'));
      clock.pass(30_000);
      await collector.shutdown();
      opened.next({ batches: [earlier] });
      expect(asked).to.deep.equal({ writes: [{ put: [], remove: ['earlier'] }], reads: 0, closes: 1 });
    });

    it('stays closed if it fails later', async () => {
      const collector = silent();
      clock.pass(30_000);
      opened.error(new SinkError('unavailable', 'gone', { code: 'GONE' }));
      collect(collector, 0, 2);
      await collector.shutdown();
      expect([numbersIn(sink), codes, asked.closes]).to.deep.equal([[0, 1], ['SPOOL_TIMEOUT', 'GONE'], 0]);
    });

    it('does not count a batch as safe that is being written for more than 30 s, until the store answers', async () => {
      const collector = silent({ timeoutMs: Infinity }, offline());
      opened.next({ batches: [] });
      written = new Subject();
      collect(collector, 0, 2);
      clock.pass(30_000);
      expect(codes).to.deep.equal(['SPOOL_TIMEOUT']);
      const safe = async () => (await atDeadline(collector.flush({ timeoutMs: 0 }))).sinks['a']?.safe;
      expect(await safe()).to.equal(undefined);
      written.complete();
      expect(await safe()).to.equal(2);
      expect((await atDeadline(collector.shutdown({ timeoutMs: 0 }))).sinks['a']).to.include({ kept: 2, dropped: 0 });
    });

    it('drops events that such a store does not accept when memory is full', () => {
      const collector = silent({ maxEvents: 4, overflow: 'drop_oldest' }, offline());
      opened.next({ batches: [] });
      written = new Subject();
      collect(collector, 0, 8);
      expect(expectBalanced(collector).sinks['a']).to.include({ pending: 8, dropped: 0 });
      clock.pass(30_000);
      expect(expectBalanced(collector).sinks['a']).to.include({ pending: 4, dropped: 4 });
    });

    it('reads a batch again after 30 s', async () => {
      const answers: Subject<void>[] = [];
      const slow: EventSink = {
        name: 'a',
        process: (batch) => {
          sink.process(batch);
          const answer = new Subject<void>();
          answers.push(answer);
          return answer;
        },
      };
      const collector = silent({ maxEvents: 2, timeoutMs: Infinity, retry: { baseDelayMs: 1_000, jitter: 'none' } }, slow);
      opened.next({ batches: [] });
      collect(collector, 0, 4);
      const json = asked.writes.at(-1)?.put[0]?.json;
      answers[0]?.complete();
      expect(asked.reads).to.equal(1);
      clock.pass(30_000);
      expect([codes, asked.reads]).to.deep.equal([['SPOOL_TIMEOUT'], 1]);
      clock.pass(1_000);
      expect(asked.reads).to.equal(2);
      // The first request has the same answer, too late.
      read.next(json);
      read.complete();
      expect(numbersIn(sink)).to.deep.equal([0, 1, 2, 3]);
      answers[1]?.complete();
      expect(expectBalanced(collector).sinks['a']).to.include({ delivered: 4, failed: 0, pending: 0 });
      await collector.shutdown();
    });

    it('has no timer once it has answered, or nothing is requested any more', async () => {
      const collector = silent({ maxEvents: 2, timeoutMs: Infinity }, offline());
      opened.next({ batches: [] });
      written = new Subject();
      collect(collector, 0, 4);
      await setImmediate();
      expect(clock.timers).to.be.above(0);
      written.complete();
      expect(clock.timers).to.equal(0);
      const { sinks } = await atDeadline(collector.shutdown({ timeoutMs: 0 }));
      expect([sinks['a']?.kept, clock.timers]).to.deep.equal([4, 0]);
    });

    it('has 15 s for its answers after the machine was stopped', () => {
      silent();
      clock.suspend(3_600_000);
      clock.pass(14_999);
      opened.next({ batches: [] });
      expect(codes).to.deep.equal([]);
    });
  });

  it('survives an outage of a day, unless `maxElapsedMs` is set', () => {
    for (const [retry, outcome] of [
      [{}, { delivered: 4, failed: 0 }],
      [{ maxElapsedMs: 300_000 }, { delivered: 0, failed: 4 }],
    ] as const) {
      store = new MemoryStore();
      const scheduler = new VirtualTimeScheduler(undefined, Infinity);
      const sink: EventSink = {
        name: 'a',
        process: () => {
          if (scheduler.frame < 86_400_000) throw new SinkError('unavailable', '503');
        },
      };
      // One that answers at once: the store is open before the first event.
      const spool = laneStore(() => ({ recover: () => of({ batches: [] }), write: () => undefined, close: () => undefined }));
      const collector = new EventCollector({ sinks: [sink], scheduler, lane: { retry, spool } });
      collect(collector, 0, 4);
      inBackground(collector.flush({ timeoutMs: Infinity }));
      scheduler.flush();
      expect(expectBalanced(collector).sinks.a).to.include(outcome);
    }
  });

  it('stores a dead letter that is offered twice as two batches', async () => {
    let isDown = true;
    const collector = life({
      name: 'a',
      process: () => {
        if (isDown) throw new SinkError('write_failed', 'no', { retryable: false });
        return NEVER;
      },
    });
    await setImmediate();
    const letters: DeadLetter[] = [];
    collector.deadLetters$.subscribe((letter) => letters.push(letter));
    collect(collector, 0, 2);
    isDown = false;
    const [letter] = letters as [DeadLetter];
    expect([collector.redeliver(letter), collector.redeliver(letter)]).to.deep.equal([true, true]);
    expect(store.numbers()).to.deep.equal([[0, 1], [0, 1]]); // prettier-ignore
    expect((await collector.shutdown({ timeoutMs: 0 })).sinks.a).to.include({ failed: 2, kept: 4 });
    expectBalanced(collector);
    expect(store.stored.size).to.equal(2);
  });

  it('keeps an event that cannot be read in memory only', async () => {
    const collector = life(offline());
    await setImmediate();
    collector.collect({
      type: 'hostile',
      data: {
        get n() {
          throw new Error('unreadable');
        },
      },
    });
    collect(collector, 1, 2);
    const report = await collector.shutdown({ timeoutMs: 0 });
    expect(report.sinks.a).to.deep.equal({ delivered: 0, failed: 0, dropped: 1, pending: 0, kept: 1 });
    expect(store.numbers()).to.deep.equal([[1]]);
  });

  it('refuses an invalid store', () => {
    expect(() => new EventCollector({ lane: { spool: '/tmp' as never } })).to.throw(TypeError, 'Expected `spool` to be a lane store');
    expect(() => laneStore('/tmp' as never)).to.throw(TypeError, 'Expected `open` to be a function');
  });

  describe("`collectTracked` with `until: 'stored'`", () => {
    const track = (collector: EventCollector): Promise<unknown> =>
      collector.collectTracked({ type: 'counted', data: { n: 0 }, priority: 'critical' }, { until: 'stored' });

    it('resolves once the store has the event, although the sink has not answered', async () => {
      const collector = life(offline());
      expect(await track(collector)).to.deep.equal({ outcome: 'accepted', sinks: { a: 'stored' } });
      expect(expectBalanced(collector).sinks.a).to.include({ pending: 1 });
      await collector.shutdown({ timeoutMs: 0 });
      expect(store.numbers()).to.deep.equal([[0]]);
    });

    for (const [when, prepare] of [
      [
        'that opens late',
        (opened: Promise<void>) => {
          store.opening = opened;
        },
      ],
      [
        'that answers late',
        (answered: Promise<void>) => {
          store.writing = new Subject();
          inBackground(answered.then(() => store.writing?.complete()));
        },
      ],
    ] as const)
      it(`waits for a store ${when}`, async () => {
        let answer = (): void => undefined;
        const answered = new Promise<void>((resolve) => (answer = resolve));
        prepare(answered);
        const collector = life(offline());
        let isStored = false;
        const stored = track(collector);
        inBackground(stored.then(() => (isStored = true)));
        await setImmediate();
        expect(isStored).to.equal(false);
        answer();
        expect(await stored).to.deep.equal({ outcome: 'accepted', sinks: { a: 'stored' } });
        await collector.shutdown({ timeoutMs: 0 });
      });

    it('waits for the outcome without a store, or if it refuses the event', async () => {
      const answers = new Subject<never>();
      const collector = life({ name: 'a', process: () => answers });
      store.writeError = new Error('full');
      let isStored = false;
      const stored = track(collector);
      inBackground(stored.then(() => (isStored = true)));
      await setImmediate();
      expect(isStored).to.equal(false);
      answers.complete();
      expect(await stored).to.deep.equal({ outcome: 'accepted', sinks: { a: 'delivered' } });
      await collector.shutdown();
    });

    it('is refused with a misspelt option, and collects nothing', async () => {
      const collector = life(offline());
      const refused = collector.collectTracked({ type: 'counted' }, { until: 'saved' as 'stored' });
      expect(await refused.catch(String)).to.match(/^TypeError: Expected `until` to be one of/);
      expect(collector.stats().eventsReceived).to.equal(0);
      await collector.shutdown();
    });
  });
});
