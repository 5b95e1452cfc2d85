import { LogCollapsingLowestDenseDDSketch } from '@datadog/sketches-js';
import { expect } from 'chai';
import fc from 'fast-check';
import { from, Subject, take, toArray } from 'rxjs';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { aggregate, type AggregateOptions, type AggregateWindow } from '../../lib/operators/aggregate.js';
import { sampleBy } from '../../lib/operators/sample-by.js';
import { rate } from '../../lib/sampling/rate.js';
import { describeOperatorContract } from '../../lib/testing/describe-operator-contract.js';
import { marbles } from '../../lib/testing/marbles.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { anEvent } from '../support/an-event.js';
import { Rejections } from '../support/rejections.js';
import { VirtualClock } from '../support/virtual-clock.js';

type Options<K = string> = AggregateOptions<AnalyticsEvent, K>;

const at = (timestamp: number, patch: Partial<AnalyticsEvent> = {}): AnalyticsEvent => anEvent({ timestamp, ...patch });
const valueOf = ({ data }: AnalyticsEvent): number => data as number;

/** The windows of events that are emitted synchronously. */
function aggregated<K = string>(events: readonly AnalyticsEvent[], options: Options<K>): AggregateWindow<K>[] {
  let windows: AggregateWindow<K>[] = [];
  from(events)
    .pipe(aggregate<AnalyticsEvent, K>({ maxAheadMs: Infinity, ...options }), toArray())
    .subscribe((all) => (windows = all));
  return windows;
}

/** The windows in short: start, and weight by key. */
const brief = <K>(windows: readonly AggregateWindow<K>[]): unknown[] =>
  windows.map(({ from: start, groups }) => [start, Object.fromEntries(groups.map(({ key, weight }) => [String(key), weight] as const))]);

describeOperatorContract<AnalyticsEvent, AggregateWindow<string>>('aggregate', {
  create: () => aggregate({ everyMs: 10, of: () => 1, maxAheadMs: Infinity }),
  values: [at(0), at(15), at(30), at(45)],
  throwing: {
    by: (trip) => aggregate({ everyMs: 10, by: () => (trip(), 'key'), maxAheadMs: Infinity }),
    of: (trip) => aggregate({ everyMs: 10, of: () => (trip(), 1), maxAheadMs: Infinity }),
    sketch: (trip) =>
      aggregate({
        everyMs: 10,
        of: () => 1,
        shares: [0.5],
        sketch: () => (trip(), { accept: () => undefined, getValueAtQuantile: () => 1 }),
        maxAheadMs: Infinity,
      }),
    'the accept of a sketch': (trip) =>
      aggregate({
        everyMs: 10,
        of: () => 1,
        shares: [0.5],
        sketch: () => ({ accept: trip, getValueAtQuantile: () => 1 }),
        maxAheadMs: Infinity,
      }),
    onReject: (trip) =>
      aggregate({
        everyMs: 10,
        by: ({ timestamp }) => {
          if (timestamp === 0) throw new Error('broken');
          return 'key';
        },
        onReject: trip,
        maxAheadMs: Infinity,
      }),
  },
});

describe('aggregate', () => {
  it('emits a window once an event is past its end, and the rest on completion', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('     -a-b-c-d--|', { a: at(1), b: at(4), c: at(10), d: at(27) });
      const subs = '            ^---------!';
      const expected = '        -----A-B--(C|)';
      const result = source.pipe(aggregate({ everyMs: 10 }));
      const group = (count: number) => [{ key: 'feature_used', count, weight: count, numbers: undefined }];
      expectObservable(result).toBe(expected, {
        A: { from: 0, to: 10, groups: group(2), other: undefined },
        B: { from: 10, to: 20, groups: group(1), other: undefined },
        C: { from: 20, to: 30, groups: group(1), other: undefined },
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
  });

  it('keeps a window open for late events during its grace', () => {
    const late: unknown[] = [];
    marbles(({ cold, expectObservable }) => {
      const source = cold('     -a-b-c-d-e-|', { a: at(1), b: at(14), c: at(5), d: at(15), e: at(9) });
      const expected = '        -------A---(B|)';
      const result = source.pipe(aggregate({ everyMs: 10, graceMs: 5, onLate: ({ timestamp }, lateMs) => late.push([timestamp, lateMs]) }));
      const group = [{ key: 'feature_used', count: 2, weight: 2, numbers: undefined }];
      expectObservable(result).toBe(expected, {
        A: { from: 0, to: 10, groups: group, other: undefined },
        B: { from: 10, to: 20, groups: group, other: undefined },
      });
    });
    expect(late).to.deep.equal([[9, 0]]);
  });

  it('emits open windows when no event has arrived for `idleMs`, and continues', () => {
    const late: number[] = [];
    marbles(({ cold, expectObservable }) => {
      const source = cold('     -a-b--------c-d-----|', { a: at(1), b: at(14), c: at(9), d: at(25) });
      //                           -----!        -----!   idle
      const expected = '        --------(AB)-------C|';
      const result = source.pipe(aggregate({ everyMs: 10, graceMs: 50, idleMs: 5, onLate: ({ timestamp }) => late.push(timestamp) }));
      const group = [{ key: 'feature_used', count: 1, weight: 1, numbers: undefined }];
      expectObservable(result).toBe(expected, {
        A: { from: 0, to: 10, groups: group, other: undefined },
        B: { from: 10, to: 20, groups: group, other: undefined },
        C: { from: 20, to: 30, groups: group, other: undefined },
      });
    });
    expect(late).to.deep.equal([9]);
  });

  it('has no timer without `idleMs`, and none after unsubscription', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('     -a----', { a: at(1) });
      const unsubscribed = '    ---!';
      expectObservable(source.pipe(aggregate({ everyMs: 10, idleMs: 5 })), unsubscribed).toBe('----');
      expectObservable(source.pipe(aggregate({ everyMs: 10 }))).toBe('------');
    });
  });

  it('starts a timer only with `idleMs`, and ends it on unsubscription', () => {
    const scheduler = new VirtualClock(0);
    const source = new Subject<AnalyticsEvent>();
    const withoutIdle = source.pipe(aggregate({ everyMs: 10, scheduler })).subscribe();
    source.next(at(1));
    expect(scheduler.delays).to.deep.equal([]);
    withoutIdle.unsubscribe();
    const withIdle = source.pipe(aggregate({ everyMs: 10, idleMs: 5, scheduler })).subscribe();
    source.next(at(1));
    expect([scheduler.delays, scheduler.timers]).to.deep.equal([[5], 1]);
    withIdle.unsubscribe();
    expect(scheduler.timers).to.equal(0);
  });

  it('drops open windows when the source fails', () => {
    marbles(({ cold, expectObservable }) => {
      const source = cold('     -a-b-#', { a: at(1), b: at(10) });
      const expected = '        ---A-#';
      const groups = [{ key: 'feature_used', count: 1, weight: 1, numbers: undefined }];
      expectObservable(source.pipe(aggregate({ everyMs: 10 }))).toBe(expected, { A: { from: 0, to: 10, groups, other: undefined } });
    });
  });

  it('groups by key with the sum of weights, the heaviest first', () => {
    const [window] = aggregated<string | undefined>(
      [
        at(0, { sessionId: 'a' }),
        at(1, { sessionId: 'b', weight: 10 }),
        at(2, { sessionId: undefined }),
        at(3, { sessionId: 'a', weight: 2.5 }),
      ],
      {
        everyMs: 10,
        by: ({ sessionId }) => sessionId,
      },
    );
    expect(window?.groups).to.deep.equal([
      { key: 'b', count: 1, weight: 10, numbers: undefined },
      { key: 'a', count: 2, weight: 3.5, numbers: undefined },
      { key: undefined, count: 1, weight: 1, numbers: undefined },
    ]);
  });

  it('sums numbers by weight, and ignores other values', () => {
    const events = [3, 5, NaN, Infinity, '7', undefined].map((data, index) => at(index, { data, weight: index + 1 }));
    const [window] = aggregated(events, { everyMs: 10, of: ({ data }) => data as number });
    expect(window?.groups[0]).to.deep.equal({
      key: 'feature_used',
      count: 6,
      weight: 21,
      numbers: { count: 2, weight: 3, sum: 13, min: 3, max: 5, quantiles: [] },
    });
  });

  it('estimates quantiles by weight with a sketch for each group', () => {
    const events = [1, 2, 3, 100].map((data, index) => at(index, { data, weight: data === 100 ? 30 : 1, type: data < 3 ? 'x' : 'y' }));
    const sketch = () => new LogCollapsingLowestDenseDDSketch({ relativeAccuracy: 0.01, binLimit: 512 });
    const [window] = aggregated(events, { everyMs: 10, of: valueOf, shares: [0, 0.5, 1], sketch });
    const [y, x] = (window?.groups ?? []).map(({ numbers }) => numbers?.quantiles ?? []);
    expect(y?.[0]).to.be.closeTo(3, 0.03);
    expect(y?.[1]).to.be.closeTo(100, 1);
    expect(x?.[2]).to.be.closeTo(2, 0.02);
  });

  it('estimates the offered events from the sampled ones', () => {
    const events = Array.from({ length: 20_000 }, (_, index) => at(index, { type: index % 4 === 0 ? 'x' : 'y', data: index % 100 }));
    let windows: readonly AggregateWindow<string>[] = [];
    from(events)
      .pipe(
        sampleBy(rate(0.1), { random: seededRandom(3) }),
        aggregate({
          everyMs: 20_000,
          of: valueOf,
          shares: [0.5],
          sketch: () => new LogCollapsingLowestDenseDDSketch(),
          maxAheadMs: Infinity,
        }),
        toArray(),
      )
      .subscribe((all) => (windows = all));
    const [y, x] = windows[0]?.groups ?? [];
    expect(y?.weight).to.be.closeTo(15_000, 750);
    expect(x?.weight).to.be.closeTo(5_000, 500);
    expect(y?.numbers?.sum).to.be.closeTo(15_000 * 50, 15_000 * 3);
    expect(y?.numbers?.quantiles[0]).to.be.closeTo(50, 5);
  });

  it('puts keys beyond the bound into one group, so that the totals stay right', () => {
    const events = ['a', 'b', 'c', 'a', 'd', 'c'].map((type, index) => at(index, { type, data: index }));
    const [first, second] = aggregated([...events, at(10, { type: 'd' })], { everyMs: 10, maxKeys: 2, of: valueOf });
    expect(first?.groups.map(({ key, count }) => [key, count])).to.deep.equal([
      ['a', 2],
      ['b', 1],
    ]);
    expect(first?.other).to.deep.equal({
      key: undefined,
      count: 3,
      weight: 3,
      numbers: { count: 3, weight: 3, sum: 11, min: 2, max: 5, quantiles: [] },
    });
    expect(second?.other).to.equal(undefined);
    expect(second?.groups[0]?.key).to.equal('d');
  });

  it('equals a pass over all events that are not late', () => {
    const events = fc.array(fc.tuple(fc.integer({ min: -30, max: 90 }), fc.constantFrom('x', 'y'), fc.integer({ min: 1, max: 4 })), {
      maxLength: 50,
    });
    fc.assert(
      fc.property(events, fc.integer({ min: 0, max: 30 }), (given, graceMs) => {
        const late: AnalyticsEvent[] = [];
        const all = given.map(([timestamp, type, weight]) => at(timestamp, { type, weight }));
        const windows = aggregated(all, { everyMs: 10, graceMs, onLate: (event) => late.push(event) });
        const expected = new Map<number, Record<string, number>>();
        let newest = -Infinity;
        const expectedLate = all.filter((event) => {
          const start = Math.floor(event.timestamp / 10) * 10;
          const isLate = start + 10 <= newest - graceMs;
          newest = Math.max(newest, event.timestamp);
          if (isLate) return true;
          const groups = expected.get(start) ?? {};
          groups[event.type] = (groups[event.type] ?? 0) + event.weight;
          expected.set(start, groups);
          return false;
        });
        expect(late).to.deep.equal(expectedLate);
        expect(brief(windows)).to.deep.equal([...expected].sort(([a], [b]) => a - b));
      }),
    );
  });

  it('rejects events ahead of the clock, which would make others late', () => {
    const rejections = new Rejections<AnalyticsEvent>();
    const ahead = at(60_005);
    marbles(({ cold, expectObservable }) => {
      const source = cold('     -a-b-c-|', { a: at(1), b: ahead, c: at(2) });
      const groups = [{ key: 'feature_used', count: 2, weight: 2, numbers: undefined }];
      expectObservable(source.pipe(aggregate({ everyMs: 10, onReject: rejections.onReject }))).toBe('-------(A|)', {
        A: { from: 0, to: 10, groups, other: undefined },
      });
    });
    expect(rejections).to.deep.include({ events: [ahead], reasons: ['invalid'] });
  });

  it('measures `maxAheadMs` from the clock', () => {
    const rejections = new Rejections<AnalyticsEvent>();
    const scheduler = new VirtualClock(1_000);
    const operator = aggregate({ everyMs: 10, maxAheadMs: 50, onReject: rejections.onReject, scheduler });
    from([at(1_050), at(1_051)])
      .pipe(operator)
      .subscribe();
    expect(rejections.events.map(({ timestamp }) => timestamp)).to.deep.equal([1_051]);
  });

  it('rejects an event whose key or number throws as a fault of the stage', () => {
    const rejections = new Rejections<AnalyticsEvent>();
    const by = (): never => {
      throw new Error('broken');
    };
    aggregated([at(1)], { everyMs: 10, by, onReject: rejections.onReject });
    expect(rejections.reasons).to.deep.equal(['stage_error']);
  });

  it('rejects events without a usable time or weight', () => {
    const rejections = new Rejections<AnalyticsEvent>();
    const wrong = [at(NaN), at('1' as never), at(1, { weight: 0 }), at(1, { weight: -1 }), at(1, { weight: Infinity })];
    expect(aggregated(wrong, { everyMs: 10, onReject: rejections.onReject })).to.deep.equal([]);
    expect(rejections.events).to.deep.equal(wrong);
    expect(new Set(rejections.reasons)).to.deep.equal(new Set(['invalid']));
  });

  it('continues if `onLate` throws', () => {
    const onLate = (): never => {
      throw new Error('broken');
    };
    expect(brief(aggregated([at(1), at(15), at(2), at(16)], { everyMs: 10, onLate }))).to.deep.equal([
      [0, { feature_used: 1 }],
      [10, { feature_used: 2 }],
    ]);
  });

  it('emits no more windows once it is unsubscribed', () => {
    const source = new Subject<AnalyticsEvent>();
    const seen: number[] = [];
    source.pipe(aggregate({ everyMs: 10, graceMs: 100, maxAheadMs: Infinity }), take(1)).subscribe(({ from: start }) => seen.push(start));
    for (const timestamp of [1, 11, 21, 500]) source.next(at(timestamp));
    expect(seen).to.deep.equal([0]);
  });

  it('throws for invalid options', () => {
    expect(() => aggregate(undefined as never)).to.throw(TypeError, 'Expected `everyMs` to be an integer ≥ 1, got `undefined`');
    expect(() => aggregate({ everyMs: 0 })).to.throw(TypeError, 'Expected `everyMs`');
    expect(() => aggregate({ everyMs: 1, maxKeys: 0 })).to.throw(TypeError, 'Expected `maxKeys`');
    expect(() => aggregate({ everyMs: 1, graceMs: -1 })).to.throw(TypeError, 'Expected `graceMs`');
    expect(() => aggregate({ everyMs: 1, maxAheadMs: NaN })).to.throw(TypeError, 'Expected `maxAheadMs` to be a number ≥ 0 or Infinity');
    expect(() => aggregate({ everyMs: 1, maxAheadMs: -1 })).to.throw(TypeError, 'Expected `maxAheadMs`');
    expect(() => aggregate({ everyMs: 1, maxAheadMs: 0 })).not.to.throw();
    expect(() => aggregate({ everyMs: 1, shares: [0.5, 2] })).to.throw(
      TypeError,
      'Expected `shares` to be an array of numbers from 0 to 1',
    );
    expect(() => aggregate({ everyMs: 1, shares: [0.5] })).to.throw(TypeError, 'Expected `of` to be a function');
    expect(() => aggregate({ everyMs: 1, shares: [0.5], of: () => 1 })).to.throw(TypeError, 'Expected `sketch` to be a function');
    expect(() => aggregate({ everyMs: 1, grace: 1 } as Options)).to.throw(TypeError, 'Did you mean `graceMs`?');
  });
});
