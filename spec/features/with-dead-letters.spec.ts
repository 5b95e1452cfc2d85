import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { BehaviorSubject, firstValueFrom, of, Subject, throwError } from 'rxjs';
import { createCollector } from '../../lib/collector/collector.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { FlushReport } from '../../lib/collector/flush-report.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import { withDeadLetters } from '../../lib/features/with-dead-letters.js';
import type { DeadLetter } from '../../lib/lane/delivery.js';
import type { RecoveredBatches, StoreChange } from '../../lib/lane/lane-spool.js';
import { laneStore } from '../../lib/lane/lane-store.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { expectBalanced } from '../support/books.js';
import { MemoryStore } from '../support/memory-store.js';
import { VirtualClock } from '../support/virtual-clock.js';

const refusal = new SinkError('rejected', 'no', { code: 'HTTP_400' });

/** The data of the letters in a store, the first event of each. */
const lettersIn = ({ stored }: MemoryStore): unknown[] =>
  [...stored.values()].map(({ json }) => (JSON.parse(json) as { events: [unknown, { data: unknown }] }).events[1].data);

describe('withDeadLetters', () => {
  describe('with a store', () => {
    let store: MemoryStore;
    let isUp: boolean;
    let arrived: unknown[];
    let consent$: BehaviorSubject<ConsentState>;

    beforeEach(() => {
      store = new MemoryStore();
      isUp = false;
      arrived = [];
      consent$ = new BehaviorSubject<ConsentState>('granted');
    });

    /** A session that answers at once. */
    const storeSession = () => {
      const { stored } = store;
      return {
        write: ({ put, remove }: StoreChange): undefined => {
          for (const id of remove) stored.delete(id);
          for (const batch of put) stored.set(batch.id, batch);
        },
        read: (id: string) => of(stored.get(id)?.json),
        close: () => undefined,
      };
    };

    /** A collector whose two sinks refuse everything while they are down, and its dead letters. */
    async function life() {
      const sinkOf = (name: string): EventSink => ({
        name,
        process: ({ events }) => {
          if (!isUp) throw new SinkError('rejected', `${name} refuses it`, { code: 'HTTP_400' });
          arrived.push(...events.map(({ data }) => data));
        },
      });
      const collector = new EventCollector({
        sinks: [sinkOf('a'), sinkOf('b')],
        config: { batch: { maxCount: 2 } },
        lane: { split: false },
        consent$,
        deadLetters: { spool: store.open() },
      });
      const letters: DeadLetter[] = [];
      collector.deadLetters$.subscribe((letter) => letters.push(letter));
      await setImmediate();
      return { collector, letters };
    }

    it('emits letters of earlier runs again, and offers them', async () => {
      const first = await life();
      first.collector.track('counted', 1);
      first.collector.track('counted', 2);
      await first.collector.shutdown();
      expect(store.stored.size).to.equal(2);

      isUp = true;
      const { collector, letters } = await life();
      expect(letters.map(({ sink, batch }) => [sink, batch])).to.deep.equal(first.letters.map(({ sink, batch }) => [sink, batch]));
      expect(letters[1]).to.deep.include({ attempts: 1 });
      expect(letters[1]?.error).to.deep.include({ kind: 'rejected', code: 'HTTP_400', retryable: false, message: 'b refuses it' });
      expect(collector.redeliver(letters[1]!)).to.equal(true);
      expect(arrived).to.deep.equal([1, 2]);
      expect(expectBalanced(collector).sinks).to.deep.include.keys('a', 'b');
      expect(expectBalanced(collector).sinks['b']).to.include({ offered: 2, recovered: 0, delivered: 2 });
      expect(store.stored.size).to.equal(1);
      await collector.shutdown();

      const third = await life();
      expect(third.letters.map(({ sink }) => sink)).to.deep.equal(['a']);
      await third.collector.shutdown();
      expect(store.closed).to.equal(3);
    });

    it('stores letters that fail before the store is open, and shutdown waits for it', async () => {
      let open: () => void = () => undefined;
      store.opening = new Promise((resolve) => {
        open = resolve;
      });
      const { collector } = await life();
      collector.track('counted', 1);
      let report: FlushReport | undefined;
      const ended = collector.shutdown().then((given) => (report = given));
      await setImmediate();
      expect([report, store.stored.size]).to.deep.equal([undefined, 0]);
      open();
      expect((await ended).timedOut).to.equal(false);
      expect([store.stored.size, store.closed]).to.deep.equal([2, 1]);
    });

    it('keeps a letter that fails again, once', async () => {
      const { collector, letters } = await life();
      collector.track('counted', 1);
      await collector.flush();
      expect(collector.redeliver(letters[0]!)).to.equal(true);
      expect(letters).to.have.length(3);
      expect(store.stored.size).to.equal(2);
      isUp = true;
      expect(collector.redeliver(letters[2]!)).to.equal(true);
      expect(store.stored.size).to.equal(1);
      await collector.shutdown();
      expectBalanced(collector);
    });

    it('emits earlier letters to the first observer only', async () => {
      const first = await life();
      first.collector.track('counted', 1);
      await first.collector.shutdown();
      const collector = new EventCollector({ sinks: [], deadLetters: { spool: store.open() } });
      await setImmediate();
      const counts = [0, 0];
      collector.deadLetters$.subscribe(() => (counts[0]! += 1));
      collector.deadLetters$.subscribe(() => (counts[1]! += 1));
      expect(counts).to.deep.equal([2, 0]);
      await collector.shutdown();
    });

    it('empties the store when consent is denied, also before the store is open', async () => {
      const first = await life();
      first.collector.track('counted', 1);
      await first.collector.flush();
      expect(store.stored.size).to.equal(2);
      const before = new Map(store.stored);
      consent$.next('denied');
      expect(store.stored.size).to.equal(0);
      await first.collector.shutdown();

      for (const [id, batch] of before) store.stored.set(id, batch);
      const second = life();
      consent$.next('granted');
      const { collector, letters } = await second;
      expect([letters, store.stored.size]).to.deep.equal([[], 0]);
      await collector.shutdown();
    });

    it('is bounded by the store, and reports letters that the store refuses', async () => {
      store = new MemoryStore({ maxEvents: 5 });
      const { collector, letters } = await life();
      const codes: unknown[] = [];
      collector.diagnostics$.subscribe((each) => {
        if (each.type === 'sink_error' && each.sink === 'dead letters') codes.push(each.error.code);
      });
      for (let n = 0; n < 4; n += 1) collector.track('counted', n);
      await collector.flush();
      expect([letters.length, store.stored.size, codes[0]]).to.deep.equal([4, 1, 'SPOOL_FULL']);
      await collector.shutdown();
    });

    it('forgets a discarded letter, in this run and the next', async () => {
      const first = await life();
      first.collector.track('counted', 1);
      await first.collector.flush();
      const [a, b] = first.letters;
      expect(first.collector.discard(a!)).to.equal(true);
      expect(first.collector.discard(a!)).to.equal(false);
      expect(expectBalanced(first.collector).sinks['a']).to.include({ failed: 1, pending: 0 });
      await first.collector.shutdown();

      const second = await life();
      expect(second.letters.map(({ batch }) => batch)).to.deep.equal([b!.batch]);
      expect(second.collector.discard(second.letters[0]!)).to.equal(true);
      expect(store.stored.size).to.equal(0);
      for (const other of [undefined, {}, { sink: 'a' }, a]) expect(second.collector.discard(other as never)).to.equal(false);
      await second.collector.shutdown();
      expect((await life()).letters).to.deep.equal([]);
    });

    it('has room again when some are discarded', async () => {
      store = new MemoryStore({ maxEvents: 4 });
      const { collector, letters } = await life();
      const counted = async (n: number): Promise<void> => {
        collector.track('counted', n);
        await collector.flush();
      };
      await counted(1);
      await counted(2);
      expect(store.stored.size).to.equal(2);
      for (const letter of letters.slice(0, 2)) collector.discard(letter);
      await counted(3);
      expect(letters).to.have.length(6);
      expect(store.stored.size).to.equal(2);
      await collector.shutdown();
    });

    it('removes letters older than `maxAgeMs` when it stores another one', async () => {
      store = new MemoryStore({ maxAgeMs: 60_000 });
      const clock = new VirtualClock();
      const collector = new EventCollector({
        sinks: [{ name: 'a', process: () => throwError(() => new SinkError('rejected', 'no')) }],
        scheduler: clock,
        lane: { split: false },
        deadLetters: { spool: store.open() },
      });
      await setImmediate();
      const failures: DeadLetter[] = [];
      collector.deadLetters$.subscribe((letter) => failures.push(letter));
      for (const n of [1, 2, 3]) {
        collector.track('counted', n);
        await collector.flush();
        clock.pass(30_000);
      }
      expect(failures).to.have.length(3);
      expect(store.stored.size).to.equal(3);
      clock.pass(1);
      collector.track('counted', 4);
      await collector.flush();
      expect(store.stored.size).to.equal(2);
      await collector.shutdown();
    });

    it('removes letters older than `maxAgeMs` even if their batch is older than that of an earlier letter', () => {
      const clock = new VirtualClock();
      store = new MemoryStore({ maxAgeMs: 120_000 });
      const letters: DeadLetter[] = [];
      const failures = new Subject<never>();
      const collector = new EventCollector({
        scheduler: clock,
        lane: { timeoutMs: 1_000_000, concurrency: 4, split: false, breaker: false },
        config: { batch: { maxCount: 1 } },
        deadLetters: { spool: laneStore(() => ({ ...storeSession(), recover: () => of({ batches: [] }) }), { maxAgeMs: 120_000 }) },
        sinks: [{ name: 'a', process: ({ events }) => (events[0]?.data === 1 ? failures : throwError(() => refusal)) }],
      });
      collector.deadLetters$.subscribe((letter) => letters.push(letter));
      collector.track('counted', 1);
      clock.pass(50_000);
      collector.track('counted', 2);
      clock.pass(50_000);
      failures.error(refusal);
      clock.pass(30_000);
      collector.track('counted', 3);
      expect(letters.map(({ batch }) => batch.events[0]?.data)).to.deep.equal([2, 1, 3]);
      expect(lettersIn(store)).to.deep.equal([2, 3]);
    });

    it('stores earlier letters when the store opens late, and forgets them when the store has lost them', async () => {
      const clock = new VirtualClock();
      const opened = new Subject<RecoveredBatches>();
      const collector = new EventCollector({
        scheduler: clock,
        config: { batch: { maxCount: 1 } },
        deadLetters: { spool: laneStore(() => ({ ...storeSession(), recover: () => opened })) },
        sinks: [{ name: 'a', process: () => throwError(() => refusal) }],
      });
      const letters: DeadLetter[] = [];
      collector.deadLetters$.subscribe((letter) => letters.push(letter));
      collector.track('counted', 1);
      clock.pass(31_000);
      collector.track('counted', 2);
      expect([...store.stored]).to.deep.equal([]);
      opened.next({ batches: [] });
      collector.track('counted', 3);
      expect(lettersIn(store)).to.deep.equal([1, 2, 3]);

      store.stored.clear();
      opened.next({ batches: [], isLost: true });
      expect(letters.map((letter) => collector.discard(letter))).to.deep.equal([false, false, false]);
      await collector.shutdown();
    });

    it('returns false when a letter is discarded that the store refused, or after shutdown', async () => {
      store = new MemoryStore({ maxEvents: 4 });
      const { collector, letters } = await life();
      collector.track('counted', 1);
      collector.track('counted', 2);
      await collector.flush();
      expect(letters.map(({ sink }) => sink)).to.deep.equal(['a', 'b']);
      const [first, second] = letters as [DeadLetter, DeadLetter];
      expect(store.stored.size).to.equal(1);
      expect(collector.discard(second)).to.equal(false);
      await collector.shutdown();
      expect(collector.discard(first)).to.equal(false);
      expect(store.stored.size).to.equal(1);
    });

    it('emits remaining letters to the next observer', async () => {
      const { collector } = await life();
      collector.track('counted', 1);
      collector.track('counted', 2);
      await collector.shutdown();
      const second = new EventCollector({ sinks: [], deadLetters: { spool: store.open() } });
      await setImmediate();
      const taken = await firstValueFrom(second.deadLetters$);
      const others: DeadLetter[] = [];
      second.deadLetters$.subscribe((letter) => others.push(letter));
      expect([taken, ...others].map(({ sink }) => sink)).to.deep.equal(['a', 'b']);
    });

    it('works without the store if it does not open', async () => {
      store.opening = new Promise(() => undefined);
      const clock = new VirtualClock();
      const collector = new EventCollector({ sinks: [], scheduler: clock, deadLetters: { spool: store.open() } });
      clock.pass(30_000);
      expect((await collector.shutdown()).timedOut).to.equal(false);
    });

    it('refuses an invalid store', () => {
      expect(() => withDeadLetters({ spool: {} } as never)).to.throw(TypeError, 'Expected `spool` to be a lane store');
      expect(() => new EventCollector({ deadLetters: { spol: 1 } } as never)).to.throw(TypeError, 'Did you mean `spool`?');
    });
  });

  it('emits final failures, and offers them again on redeliver', () => {
    let isUp = false;
    const got: unknown[] = [];
    const sink = {
      name: 'sink',
      process: ({ events }: { readonly events: readonly { readonly data: unknown }[] }) => {
        if (!isUp) return throwError(() => new SinkError('write_failed', 'no', { retryable: false }));
        got.push(...events.map(({ data }) => data));
        return of();
      },
    };
    const collector = createCollector({ sinks: [sink], batch: { maxCount: 2 } }, withDeadLetters());
    const letters: DeadLetter[] = [];
    collector.deadLetters$.subscribe((letter) => letters.push(letter));
    collector.track('a', 1);
    collector.track('a', 2);
    const [letter] = letters;
    if (letter === undefined) throw new Error('Expected a dead letter');
    expect([letter.sink, letter.attempts, letter.error.message]).to.deep.equal(['sink', 1, 'no']);
    isUp = true;
    expect(collector.redeliver(letter)).to.equal(true);
    expect(got).to.deep.equal([1, 2]);
    expect(expectBalanced(collector).sinks['sink']).to.include({ offered: 4, delivered: 2, failed: 2 });
  });

  it('refuses anything else', async () => {
    const collector = createCollector({ sinks: [{ name: 'sink', process: () => undefined }] }, withDeadLetters());
    const redeliver = (letter: object): boolean => collector.redeliver(letter as DeadLetter);
    const batch = { id: 'b', sequence: 1, createdAt: 0, reason: 'count', events: [{ id: 'e' }] };
    expect(
      [{}, { sink: 'sink' }, { sink: 'sink', batch: { ...batch, events: [] } }, { sink: 'other', batch }].map(redeliver),
    ).to.deep.equal([false, false, false, false]);
    expect(redeliver({ sink: 'sink', batch })).to.equal(true);
    await collector.shutdown();
    expect(redeliver({ sink: 'sink', batch })).to.equal(false);
    expectBalanced(collector);
  });
});
