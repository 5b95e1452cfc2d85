import { expect } from 'chai';
import fc from 'fast-check';
import { bufferCount, from, map, Subject, toArray, type Observable } from 'rxjs';
import { toJson } from '../../lib/internal/json-value.js';
import type { EventBatch } from '../../lib/event/event.js';
import { batch, cutBatches, type BatchLimits } from '../../lib/operators/batch.js';
import type { RejectReason } from '../../lib/ledger/drop-reason.js';
import { describeOperatorContract } from '../../lib/testing/describe-operator-contract.js';
import { marbles } from '../../lib/testing/marbles.js';
import { throwing } from '../support/hostile.js';
import { Rejections } from '../support/rejections.js';
import { VirtualClock } from '../support/virtual-clock.js';

const newId = (): string => 'batch';

/** A batch in short: its events, and why it was cut. */
const inShort = (batches$: Observable<EventBatch<string>>): Observable<string> =>
  batches$.pipe(map(({ events, reason }) => `${events.join('')} ${reason}`));

/** The batches of events that are emitted synchronously. */
function batchesOf<E>(events: readonly E[], options: Parameters<typeof batch<E>>[0]): EventBatch<E>[] {
  const batches: EventBatch<E>[] = [];
  from(events)
    .pipe(batch(options))
    .subscribe((each) => batches.push(each));
  return batches;
}

/** An operator of batches of one, whose callback calls the contract suite's `trip`. */
const trippedBy = (trip: () => void) => ({
  urgent: batch<unknown>({ maxCount: 1, newId, urgent: () => (trip(), false) }),
  newId: batch<unknown>({ maxCount: 1, newId: () => (trip(), 'batch') }),
  sizeOf: batch<unknown>({ maxCount: 1, newId, maxBytes: 100, sizeOf: () => (trip(), 1) }),
});

describe('batch', () => {
  describeOperatorContract('batch', {
    create: () => batch<unknown>({ maxCount: 1, newId }),
    throwing: {
      urgent: (trip) => trippedBy(trip).urgent,
      newId: (trip) => trippedBy(trip).newId,
      sizeOf: (trip) => trippedBy(trip).sizeOf,
    },
  });

  it('emits a full batch before its age is reached', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' --a--b--c--------d-----------|');
      const subs = '        ^----------------------------!';
      //                      [------!       [-------!
      const expected = '    --------A----------------B---|';
      expectObservable(inShort(source.pipe(batch({ maxCount: 3, maxAgeMs: 8 })))).toBe(expected, { A: 'abc count', B: 'd age' });
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('starts the age at the first event of the batch', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--b-c----------d---|');
      //                      [------!        [---
      const expected = '    ---------A------------(B|)';
      expectObservable(inShort(source.pipe(batch({ maxAgeMs: 7 })))).toBe(expected, { A: 'abc age', B: 'd complete' });
    });
  });

  it('has no timer while nothing is open, and emits no empty batch', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold(' -- 60m -|');
      const expected = '    -- 60m -|';
      expectObservable(inShort(source.pipe(batch({ maxAgeMs: 5 })))).toBe(expected);
    });
  });

  it('needs no timer at an age of 0 or Infinity', () => {
    for (const maxAgeMs of [0, Infinity]) {
      marbles(({ cold, expectObservable }) => {
        const source = cold(' a 999m b|');
        const expected = '    - 999m -(A|)';
        expectObservable(inShort(source.pipe(batch({ maxAgeMs })))).toBe(expected, { A: 'ab complete' });
      });
    }
  });

  it('cuts right after an urgent event', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold(' --a--b--u--c--|');
      const expected = '    --------A-----(B|)';
      const result$ = source.pipe(batch({ urgent: (event) => event === 'u' }));
      expectObservable(inShort(result$)).toBe(expected, { A: 'abu urgent', B: 'c complete' });
    });
  });

  it('cuts on demand, unless nothing is open', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('    --a--b-----------c--|');
      const flushWhen = hot('  -------f---f---f------');
      const flushSubs = '      ^-------------------!';
      const expected = '       -------A------------(B|)';
      expectObservable(inShort(source.pipe(batch({ flushWhen })))).toBe(expected, { A: 'ab flush', B: 'c complete' });
      expectSubscriptions(flushWhen.subscriptions).toBe(flushSubs);
    });
  });

  it('fails when flushWhen fails', () => {
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('    --a--------|');
      const subs = '           ^----!';
      const flushWhen = hot('  -----#');
      const expected = '       -----#';
      expectObservable(inShort(source.pipe(batch({ flushWhen })))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('ends its timer on unsubscription', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  --a------');
      const unsub = '        ----!';
      const subs = '         ^---!';
      const expected = '     ---------';
      expectObservable(inShort(source.pipe(batch({ maxAgeMs: 4 }))), unsub).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('keeps its timer for the batch after a full one, and ends it after any other', () => {
    for (const [reason, options] of Object.entries({
      count: { maxCount: 2 },
      bytes: { maxBytes: 5, sizeOf: () => 2 },
      urgent: { urgent: () => true },
    })) {
      const scheduler = new VirtualClock();
      const seen: string[] = [];
      const source = new Subject<string>();
      const subscription = source.pipe(batch({ ...options, maxAgeMs: 1_000, scheduler })).subscribe((each) => seen.push(each.reason));
      for (const event of 'abcd') source.next(event);
      expect(new Set(seen), reason).to.deep.equal(new Set([reason]));
      expect([scheduler.delays.length, scheduler.timers], reason).to.deep.equal(reason === 'urgent' ? [4, 0] : [1, 1]);
      subscription.unsubscribe();
      expect(scheduler.timers, reason).to.equal(0);
    }
  });

  it('starts no timer for an age of Infinity', () => {
    const scheduler = new VirtualClock();
    const source = new Subject<string>();
    source.pipe(batch({ maxAgeMs: Infinity, scheduler })).subscribe();
    source.next('a');
    expect(scheduler.delays).to.deep.equal([]);
  });

  it('makes one id for each batch', () => {
    let ids = 0;
    const batches = batchesOf(['a', 'b', 'c', 'd', 'e'], { maxCount: 2, newId: () => `batch-${String((ids += 1))}` });
    expect(batches.map(({ id }) => id)).to.deep.equal(['batch-1', 'batch-2', 'batch-3']);
  });

  it('rejects an event whose `urgent` throws as a fault of the stage', () => {
    const rejections = new Rejections<string>();
    const urgent = (): never => {
      throw new Error('broken');
    };
    batchesOf(['a'], { urgent, onReject: rejections.onReject });
    expect(rejections.reasons).to.deep.equal(['stage_error']);
  });

  it('rejects the open batch when its source fails', () => {
    const rejected: [string, RejectReason, unknown][] = [];
    const source = new Subject<string>();
    const boom = new Error('boom');
    let seen: unknown;
    source
      .pipe(batch({ onReject: (...args) => rejected.push([args[0], args[1], args[2]]) }))
      .subscribe({ error: (error: unknown) => (seen = error) });
    source.next('a');
    source.next('b');
    source.error(boom);
    expect(rejected).to.deep.equal([
      ['a', 'stage_error', boom],
      ['b', 'stage_error', boom],
    ]);
    expect(seen).to.equal(boom);
  });

  it('numbers its batches from 1, and freezes their events', () => {
    const batches = batchesOf(['a', 'b', 'c'], { maxCount: 2 });
    expect(batches.map(({ sequence }) => sequence)).to.deep.equal([1, 2]);
    for (const { events } of batches) expect(Object.isFrozen(events)).to.equal(true);
  });

  it('starts a batch of its own for an event that arrives while one is emitted', () => {
    const source = new Subject<string>();
    const seen: string[] = [];
    inShort(source.pipe(batch({ maxCount: 2 }))).subscribe((each) => {
      seen.push(each);
      if (each === 'ab count') source.next('x');
    });
    source.next('a');
    source.next('b');
    source.next('c');
    expect(seen).to.deep.equal(['ab count', 'xc count']);
  });

  it('equals bufferCount if only maxCount is set', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 7 }), (events, maxCount) => {
        let buffers: number[][] = [];
        from(events)
          .pipe(bufferCount(maxCount), toArray())
          .subscribe((all) => (buffers = all));
        expect(batchesOf(events, { maxCount, maxAgeMs: 0 }).map((each) => [...each.events])).to.deep.equal(buffers);
      }),
    );
  });

  describe('with a byte limit', () => {
    it('counts the brackets, the commas and every byte of the JSON', () => {
      // '["aa","é"]' takes 11 bytes, '["aa"]' 6.
      const inShortOf = (maxBytes: number): string[] =>
        batchesOf(['aa', 'é'], { maxBytes }).map(({ events, reason }) => `${events.join('')} ${reason}`);
      expect(inShortOf(11)).to.deep.equal(['aaé complete']);
      expect(inShortOf(10)).to.deep.equal(['aa bytes', 'é complete']);
    });

    it('measures nothing without one', () => {
      const sizeOf = (): never => {
        throw new Error('asked');
      };
      expect(batchesOf(['a'], { sizeOf }).map(({ events }) => events)).to.deep.equal([['a']]);
    });

    it('rejects an event that is too large alone, and one that has no JSON', () => {
      const rejected: RejectReason[] = [];
      const batches = batchesOf<unknown>(['x'.repeat(20), throwing(new Error('not yours')), () => 1, 1n, 'ok'], {
        maxBytes: 12,
        onReject: (_event, reason) => rejected.push(reason),
      });
      expect(rejected).to.deep.equal(['too_large', 'invalid', 'invalid']);
      expect(batches.map(({ events }) => events)).to.deep.equal([[1n, 'ok']]);
    });

    it('never exceeds any limit, loses nothing, and keeps the order', () => {
      const anEvent = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(fc.integer({ min: 0xd800, max: 0xdfff })).map((units) => String.fromCharCode(...units)),
        fc.jsonValue(),
      );
      fc.assert(
        fc.property(fc.array(anEvent), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 2, max: 200 }), (events, maxCount, maxBytes) => {
          const rejected: unknown[] = [];
          const batches = batchesOf<unknown>(events, { maxCount, maxBytes, onReject: (event) => rejected.push(event) });
          for (const each of batches) {
            expect(each.events.length).to.be.within(1, maxCount);
            expect(Buffer.byteLength(toJson(each.events))).to.be.at.most(maxBytes);
          }
          for (const event of rejected) expect(Buffer.byteLength(toJson([event]))).to.be.above(maxBytes);
          const kept = events.filter((event) => !rejected.includes(event));
          expect(batches.flatMap((each) => each.events)).to.deep.equal(kept);
        }),
      );
    });
  });

  describe('with limits that change', () => {
    const withLimits = (start: BatchLimits): { source: Subject<string>; limits$: Subject<BatchLimits>; seen: string[] } => {
      const source = new Subject<string>();
      const limits$ = new Subject<BatchLimits>();
      const seen: string[] = [];
      inShort(source.pipe(batch({ ...start, limits$ }))).subscribe((each) => seen.push(each));
      return { source, limits$, seen };
    };

    it('cuts an open batch that is too full for a new count, into batches that obey it', () => {
      const { source, limits$, seen } = withLimits({ maxAgeMs: 0 });
      for (const event of 'abcde') source.next(event);
      limits$.next({ maxCount: 2 });
      expect(seen).to.deep.equal(['ab count', 'cd count']);
      source.next('f');
      expect(seen.at(-1)).to.equal('ef count');
    });

    it('measures the open batch when a byte limit is set', () => {
      const { source, limits$, seen } = withLimits({ maxAgeMs: 0 });
      for (const event of 'abcd') source.next(event);
      limits$.next({ maxBytes: 9 });
      expect(seen).to.deep.equal(['ab bytes']);
      source.next('e');
      expect(seen).to.deep.equal(['ab bytes', 'cd bytes']);
    });

    it('re-arms the timer when the age changes, counting from the first event', () => {
      marbles(({ cold, hot, expectObservable }) => {
        const source = cold('  --a------------|');
        const limits$ = hot('  -----s---------', { s: { maxAgeMs: 6 } });
        //                       [--·--!
        const expected = '     --------A------|';
        expectObservable(inShort(source.pipe(batch({ maxAgeMs: 100, limits$ })))).toBe(expected, { A: 'a age' });
      });
    });

    it('counts the age from the first event also after several changes', () => {
      marbles(({ cold, hot, expectObservable }) => {
        const source = cold('  --a-b--------|');
        const limits$ = hot('  -----s-t-----', { s: { maxAgeMs: 50 }, t: { maxAgeMs: 7 } });
        //                       [------!
        const expected = '     ---------A---|';
        expectObservable(inShort(source.pipe(batch({ maxAgeMs: 100, limits$ })))).toBe(expected, { A: 'ab age' });
      });
    });

    it('starts no timer while nothing is open', () => {
      const scheduler = new VirtualClock();
      const limits$ = new Subject<BatchLimits>();
      new Subject<string>().pipe(batch({ limits$, scheduler })).subscribe();
      limits$.next({ maxAgeMs: 6 });
      expect(scheduler.delays).to.deep.equal([]);
    });

    it('keeps the limits that a change leaves out', () => {
      const { source, limits$, seen } = withLimits({ maxAgeMs: 0, maxCount: 2 });
      limits$.next({ maxBytes: 1_000 });
      for (const event of 'ab') source.next(event);
      expect(seen).to.deep.equal(['ab count']);
    });

    it('fails for an invalid limit, and rejects the open batch', () => {
      const rejected: string[] = [];
      const limits$ = new Subject<BatchLimits>();
      const source = new Subject<string>();
      let message = '';
      source
        .pipe(batch({ limits$, onReject: (event) => rejected.push(event) }))
        .subscribe({ error: (error: unknown) => (message = (error as Error).message) });
      source.next('a');
      limits$.next({ maxCount: 0 });
      expect(message).to.equal('Expected `maxCount` to be an integer ≥ 1, got `0` (number)');
      expect(rejected).to.deep.equal(['a']);
    });
  });

  describe('while an event that does not fit into the open batch is being processed', () => {
    /** The outcomes of 'a' and 'bb' when a subscriber reacts to the first batch. 'bb' does not fit into it. */
    const outcomeOf = (react: (source: Subject<string>) => void): string[] => {
      const outcome: string[] = [];
      const source = new Subject<string>();
      let isFirst = true;
      source.pipe(batch({ newId, maxBytes: 6, sizeOf: ({ length }) => length + 2, onReject: (event, reason) => outcome.push(`${event} ${reason}`) })).subscribe({
        next: ({ events, reason }) => {
          outcome.push(`${events.join('')} ${reason}`);
          if (isFirst) react(source);
          isFirst = false;
        },
        error: () => outcome.push('error'),
        complete: () => outcome.push('complete'),
      }); // prettier-ignore
      source.next('a');
      source.next('bb');
      return outcome;
    };

    it('batches that event before the result completes', () => {
      expect(outcomeOf((source) => { source.complete(); })).to.deep.equal(['a bytes', 'bb complete', 'complete']); // prettier-ignore
    });

    it('rejects that event before the result fails', () => {
      expect(outcomeOf((source) => { source.error(new Error('boom')); })).to.deep.equal(['a bytes', 'bb stage_error', 'error']); // prettier-ignore
    });

    it('keeps that event before later ones', () => {
      expect(outcomeOf((source) => { source.next('cc'); source.complete(); })).to.deep.equal(['a bytes', 'bb bytes', 'cc complete', 'complete']); // prettier-ignore
    });

    it('loses no event that arrives during a later cut', () => {
      const source = new Subject<string>();
      const seen: string[] = [];
      source.pipe(batch({ newId, maxBytes: 6, sizeOf: () => 4 })).subscribe(({ events: [event = ''] }) => {
        seen.push(event);
        if (event < 'e') source.next(String.fromCharCode(event.charCodeAt(0) + 2));
      });
      source.next('a');
      source.next('b');
      source.complete();
      expect(seen).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'f']);
    });

    it('keeps the order of events that new limits cut out of the open batch', () => {
      const source = new Subject<string>();
      const limits$ = new Subject<BatchLimits>();
      const seen: string[] = [];
      let isFirst = true;
      inShort(source.pipe(batch({ limits$ }))).subscribe({
        next: (each) => {
          seen.push(each);
          if (isFirst) source.next('f');
          if (isFirst) source.complete();
          isFirst = false;
        },
      });
      for (const event of 'abcde') source.next(event);
      limits$.next({ maxCount: 2 });
      expect(seen).to.deep.equal(['ab count', 'cd count', 'ef count']);
    });
  });

  it('keeps the order of events that a new byte limit cuts out of the open batch, and completes after them', () => {
    const source = new Subject<string>();
    const limits$ = new Subject<BatchLimits>();
    const seen: string[] = [];
    let isFirst = true;
    inShort(source.pipe(batch({ limits$ }))).subscribe({
      next: (each) => {
        seen.push(each);
        if (isFirst) source.next('f');
        if (isFirst) source.complete();
        isFirst = false;
      },
      complete: () => seen.push('complete'),
    });
    for (const event of 'abcde') source.next(event);
    limits$.next({ maxBytes: 9 });
    expect(seen).to.deep.equal(['ab bytes', 'cd bytes', 'ef complete', 'complete']);
  });

  it('throws for an invalid option', () => {
    expect(() => batch({ flushWhen: 1 as never })).to.throw(TypeError, 'Expected `flushWhen` to be an Observable, got `1` (number)');
    expect(() => batch({ limits$: {} as never })).to.throw(TypeError, 'Expected `limits$` to be an Observable');
    expect(() => batch({ maxCount: 0 })).to.throw(TypeError, 'Expected `maxCount` to be an integer ≥ 1, got `0` (number)');
    expect(() => batch({ maxBytes: 1 })).to.throw(TypeError, 'Expected `maxBytes` to be an integer ≥ 2 or Infinity, got `1` (number)');
    expect(() => batch({ maxAgeMs: -5 })).to.throw(TypeError, 'Expected `maxAgeMs` to be a number of milliseconds');
    expect(() => batch({ urgent: true as unknown as () => boolean })).to.throw(TypeError, 'Expected `urgent` to be a function');
  });
});

describe('cutBatches', () => {
  it('rejects the events of the open batch for the reason that `rejectWhen` emits', () => {
    const source = new Subject<string>();
    const rejectWhen = new Subject<RejectReason>();
    const rejections = new Rejections<string>();
    const seen: string[] = [];
    const limits = { maxCount: 2, maxBytes: Infinity, maxAgeMs: 0 };
    const tools = { sizeOf: () => 1, scheduler: new VirtualClock(), newId, onReject: rejections.onReject };
    inShort(source.pipe(cutBatches({ limits, limits$: undefined, rejectWhen, ...tools }))).subscribe((each) => seen.push(each));
    source.next('a');
    rejectWhen.next('consent');
    for (const event of 'bc') source.next(event);
    expect(rejections).to.deep.include({ events: ['a'], reasons: ['consent'] });
    expect(seen).to.deep.equal(['bc count']);
  });
});
