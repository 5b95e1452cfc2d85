import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { from, lastValueFrom, toArray, type Observable } from 'rxjs';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import {
  openEventStore,
  type EventActorKey,
  type EventActorOptions,
  type EventCohort,
  type EventStore,
  type SqliteDatabase,
} from '../../lib/node/index.js';
import { sampleBy } from '../../lib/operators/sample-by.js';
import * as sampling from '../../lib/sampling/index.js';
import type { SamplingStrategy } from '../../lib/sampling/strategy.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { anEvent } from '../support/an-event.js';
import { dataFile } from '../support/data.js';
import { anySqlite, describeWithSqlite, readingBigInts } from '../support/sqlite-drivers.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** An event of a user at a time, of a type. */
const act = (user: unknown, type: string, timestamp: number, patch: Partial<AnalyticsEvent> = {}): AnalyticsEvent =>
  anEvent({ id: crypto.randomUUID(), type, timestamp, data: { user }, ...patch });

const USER = 'data.user';

describeWithSqlite('An event store about actors', (open) => {
  let database: SqliteDatabase;
  let store: EventStore;

  beforeEach(() => {
    database = open(':memory:');
    store = openEventStore({ database });
  });

  afterEach(() => {
    database.close();
  });

  describe('countDistinct', () => {
    it('counts the different values of a path, and leaves out events without one', () => {
      store.append([
        act('a', 'x', 1),
        act('a', 'x', 2),
        act('b', 'x', 3),
        act(undefined, 'x', 4),
        act(null, 'x', 5),
        act({ name: 'a' }, 'x', 6),
        act(['a'], 'x', 7),
      ]);
      expect(store.countDistinct(USER)).to.deep.equal([{ key: undefined, count: 2, weight: 2 }]);
    });

    it('distinguishes numbers, strings and booleans', () => {
      store.append([1, '1', true, 'true', 1.5, ''].map((user) => act(user, 'x', 0)));
      expect(store.countDistinct(USER)[0]?.count).to.equal(6);
    });

    it('counts by interval, by field, and by both', () => {
      store.append([act('a', 'x', 0), act('a', 'y', 1), act('b', 'x', HOUR_MS), act('a', 'x', HOUR_MS + 1), act('a', 'x', HOUR_MS + 2)]);
      expect(store.countDistinct(USER, { by: 'hour' })).to.deep.equal([
        { key: 0, count: 1, weight: 1 },
        { key: HOUR_MS, count: 2, weight: 2 },
      ]);
      expect(store.countDistinct(USER, { by: ['hour', 'type'] })).to.deep.equal([
        { key: [0, 'x'], count: 1, weight: 1 },
        { key: [0, 'y'], count: 1, weight: 1 },
        { key: [HOUR_MS, 'x'], count: 2, weight: 2 },
      ]);
      expect(store.countDistinct(USER, { type: 'y' })).to.deep.equal([{ key: undefined, count: 1, weight: 1 }]);
      expect(store.countDistinct('sessionId', { from: 10 ** 9 })).to.deep.equal([]);
    });
  });

  describe('funnel', () => {
    const counts = (steps: readonly string[], withinMs: number): number[] => store.funnel(steps, USER, withinMs).map(({ count }) => count);

    it('counts the actors that reached each step after the previous one', () => {
      store.append([
        ...[act('a', 'search', 0), act('a', 'view', 1), act('a', 'buy', 2)],
        ...[act('b', 'view', 0), act('b', 'search', 1), act('b', 'buy', 2)],
        ...[act('c', 'search', 0), act('c', 'other', 1), act('c', 'view', 2)],
        act(undefined, 'search', 0),
      ]);
      expect(store.funnel(['search', 'view', 'buy'], USER, 10)).to.deep.equal([
        { type: 'search', count: 3, weight: 3 },
        { type: 'view', count: 2, weight: 2 },
        { type: 'buy', count: 1, weight: 1 },
      ]);
      expect(store.funnel(['search', 'view'], USER, 10, { from: 1 }).map(({ count }) => count)).to.deep.equal([1, 0]);
      expect(store.funnel(['nothing'], USER, 10)).to.deep.equal([{ type: 'nothing', count: 0, weight: 0 }]);
    });

    it('measures the time from the first step, and restarts with a later one', () => {
      store.append([act('a', 'x', 0), act('a', 'y', 6), act('a', 'z', 11)]);
      expect(counts(['x', 'y', 'z'], 10)).to.deep.equal([1, 1, 0]);
      expect(counts(['x', 'y', 'z'], 11)).to.deep.equal([1, 1, 1]);
      store.append([act('a', 'x', 5)]);
      expect(counts(['x', 'y', 'z'], 6)).to.deep.equal([1, 1, 1]);
      expect(counts(['x', 'y', 'z'], 5)).to.deep.equal([1, 1, 0]);
    });

    it('needs one event for each step, even for two steps of the same type', () => {
      store.append([act('a', 'x', 0), act('b', 'x', 0), act('b', 'x', 0)]);
      expect(counts(['x', 'x'], 0)).to.deep.equal([2, 1]);
    });

    it('finds types with lone surrogates, and any actor', () => {
      store.append([act(1, '\ud800', 0), act(true, '\ud800', 0), act('"', '"', 0)]);
      expect(store.funnel(['\ud800'], USER, 0)).to.deep.equal([{ type: '\ud800', count: 2, weight: 2 }]);
      expect(store.funnel(['"'], USER, 0)[0]?.count).to.equal(1);
    });

    it('reads more events than a page holds, in the order of their arrival within a millisecond', () => {
      store.append(Array.from({ length: 12_000 }, (_, index) => act(index % 5_999, index < 6_000 ? 'x' : 'y', 7)));
      expect(counts(['x', 'y'], 0)).to.deep.equal([5_999, 5_999]);
      expect(counts(['y', 'x'], 0)).to.deep.equal([5_999, 0]);
    });

    it('reads in order of the index by time, and sorts nothing', () => {
      const plans: string[] = [];
      const spying: SqliteDatabase = {
        ...{ exec: (sql) => database.exec(sql), close: () => undefined },
        prepare: (sql) => ({
          run: (...values) => database.prepare(sql).run(...values),
          all: (...values) => {
            if (sql.includes('ORDER BY time')) {
              const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { readonly detail: string }[];
              plans.push(steps.map(({ detail }) => detail).join('; '));
            }
            return database.prepare(sql).all(...values);
          },
        }),
      };
      const spied = openEventStore({ database: spying });
      spied.funnel(['x', 'y'], USER, 5);
      spied.funnel(['x', 'y'], 'sessionId', 5, { from: 3, to: 9 });
      expect(plans).to.have.length(2);
      for (const plan of plans)
        expect(plan)
          .to.match(/^SEARCH events USING INDEX events_by_time /)
          .and.not.match(/TEMP B-TREE/);
    });

    it('equals a search through all chains', () => {
      const rows = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y', 'z'), fc.integer({ min: -9, max: 20 })), {
        maxLength: 40,
      });
      const steps = fc.array(fc.constantFrom('x', 'y', 'z'), { minLength: 1, maxLength: 4 });
      fc.assert(
        fc.property(rows, steps, fc.integer({ min: 0, max: 15 }), (given, types, withinMs) => {
          const own = openEventStore({ database: open(':memory:') });
          const events = given.map(([user, type, timestamp]) => act(user, type, timestamp));
          own.append(events);
          expect(own.funnel(types, USER, withinMs).map(({ count }) => count)).to.deep.equal(
            searchedFunnel(events, types, withinMs, userOf),
          );
        }),
        { numRuns: 60 },
      );
    });
  });

  describe('retention', () => {
    it('counts the actors that returned, by the interval of their first event', () => {
      store.append([
        ...[act('a', 'x', 0), act('a', 'x', 5), act('a', 'x', 2 * DAY_MS)],
        ...[act('b', 'x', DAY_MS - 1), act('b', 'x', DAY_MS)],
        act('c', 'x', DAY_MS),
        act(undefined, 'x', 0),
      ]);
      expect(store.retention(USER, 'day')).to.deep.equal([
        { key: 0, count: 2, weight: 2, values: [2, 1, 1] },
        { key: DAY_MS, count: 1, weight: 1, values: [1, 0] },
      ]);
      expect(store.retention(USER, 'day', { periods: 2 }).map(({ values }) => values)).to.deep.equal([
        [2, 1],
        [1, 0],
      ]);
      expect(store.retention(USER, 'day', { type: 'y' })).to.deep.equal([]);
    });

    it('begins weeks on Monday', () => {
      const monday = Date.UTC(2024, 0, 1);
      store.append([act('a', 'x', monday - 1), act('a', 'x', monday), act('b', 'x', monday + 7 * DAY_MS - 1)]);
      expect(store.retention(USER, 'week')).to.deep.equal([
        { key: monday - 7 * DAY_MS, count: 1, weight: 1, values: [1, 1] },
        { key: monday, count: 1, weight: 1, values: [1] },
      ]);
    });

    it('returns at most `periods` values, even with a wrong clock', () => {
      store.append([act('a', 'x', 0), act('b', 'x', 8.64e15)]);
      expect(store.retention(USER, 'minute').map(({ values }) => values.length)).to.deep.equal([30, 1]);
    });

    it('equals a pass over all events', () => {
      const rows = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: -4, max: 8 })), {
        minLength: 1,
        maxLength: 40,
      });
      fc.assert(
        fc.property(rows, fc.integer({ min: 1, max: 5 }), (given, periods) => {
          const own = openEventStore({ database: open(':memory:') });
          const events = given.map(([user, halfHours]) => act(user, 'x', (halfHours * HOUR_MS) / 2));
          own.append(events);
          expect(own.retention(USER, 'hour', { periods })).to.deep.equal(passedRetention(events, HOUR_MS, periods, userOf));
        }),
        { numRuns: 60 },
      );
    });
  });

  describe('with sampled events', () => {
    const USERS = 5_000;
    /** Each user sends eight. */
    const events = Array.from({ length: USERS * 8 }, (_, index) => act(`user ${String(index % USERS)}`, 'x', index));
    const keep = (strategy: SamplingStrategy<AnalyticsEvent>): void => {
      from(events)
        .pipe(sampleBy(strategy, { random: seededRandom(7) }), toArray())
        .subscribe((kept) => store.append(kept));
    };
    const asks = (options?: EventActorOptions): (() => unknown)[] => [
      () => store.countDistinct(USER, options),
      () => store.funnel(['x', 'x'], USER, 5_000, options),
      () => store.retention(USER, 'day', options),
    ];

    it('refuses sampled events unless `sampling` is set', () => {
      keep(sampling.rate(0.1));
      for (const ask of asks()) {
        expect(ask).to.throw(
          TypeError,
          /^Expected `sampling` to be set: (\d+) of \1 events have a weight other than 1, and only events that were sampled by 'data\.user'/,
        );
      }
      expect(store.countDistinct(USER, { type: 'y' })).to.deep.equal([]);
    });

    it('refuses a sample of single events as a consistent one', () => {
      keep(sampling.rate(0.1));
      for (const ask of asks({ sampling: 'consistent' })) {
        expect(ask).to.throw(TypeError, /^Expected events that `sampling\.consistent` kept by 'data\.user', got \d+ of \d+ sampled values/);
      }
      // This is what it prevents.
      expect(store.countDistinct(USER, { sampling: 'trusted' })[0]?.weight).to.be.above(4 * USERS);
    });

    it('scales events that were sampled consistently by the same key', () => {
      keep(sampling.consistent({ rate: 0.2, key: userOf }));
      const [distinct] = store.countDistinct(USER, { sampling: 'consistent' });
      expect(distinct?.weight).to.be.closeTo(USERS, USERS * 0.05);
      expect(distinct?.weight).to.equal((distinct?.count ?? 0) * 5);
      const [, second] = store.funnel(['x', 'x'], USER, 5_000, { sampling: 'consistent' });
      expect(second).to.deep.equal({ type: 'x', count: distinct?.count, weight: distinct?.weight });
      expect(store.retention(USER, 'day', { sampling: 'consistent' })).to.deep.equal([
        { key: 0, count: distinct?.count, weight: distinct?.weight, values: [distinct?.weight] },
      ]);
    });

    it('refuses consistent sampling by another key', () => {
      keep(sampling.consistent({ rate: 0.2, key: ({ timestamp }) => timestamp % 100 }));
      for (const ask of asks({ sampling: 'consistent' }))
        expect(ask).to.throw(TypeError, 'Expected events that `sampling.consistent` kept by');
    });

    it('recognises keys that are numbers and booleans, and every rate', () => {
      for (const rate of [0.9, 1 / 3, 0.3, 0.07]) {
        const own = openEventStore({ database: open(':memory:') });
        from([...Array(300).keys(), true, false].map((user) => act(user, 'x', 0)))
          .pipe(sampleBy(sampling.consistent({ rate, key: userOf })), toArray())
          .subscribe((kept) => own.append(kept));
        const [distinct] = own.countDistinct(USER, { sampling: 'consistent' });
        expect(distinct?.weight)
          .to.be.closeTo((distinct?.count ?? 0) / rate, 1e-6)
          .and.above(100);
      }
    });

    it('counts the stored events only, where their weights are to be ignored', () => {
      keep(sampling.rate(0.1));
      const [distinct] = store.countDistinct(USER, { sampling: 'ignored' });
      expect(distinct).to.deep.include({ weight: distinct?.count });
      expect(distinct?.count).to.be.within(1, USERS - 1);
      const [step] = store.funnel(['x'], USER, 5, { sampling: 'ignored' });
      expect(step).to.deep.equal({ type: 'x', count: distinct?.count, weight: distinct?.count });
    });

    it('uses the smallest weight of an actor for its presence, and the largest for its steps', () => {
      store.append([
        act('a', 'x', 0, { weight: 10 }),
        act('a', 'y', 1, { weight: 1 }),
        act('b', 'x', 0, { weight: 2 }),
        act('b', 'y', DAY_MS, { weight: 4 }),
      ]);
      const trusted = { sampling: 'trusted' } as const;
      expect(store.countDistinct(USER, trusted)).to.deep.equal([{ key: undefined, count: 2, weight: 3 }]);
      expect(store.funnel(['x', 'y'], USER, DAY_MS, trusted).map(({ weight }) => weight)).to.deep.equal([12, 14]);
      expect(store.retention(USER, 'day', trusted)).to.deep.equal([{ key: 0, count: 2, weight: 3, values: [3, 4] }]);
    });

    it('limits the effect of a single weight', () => {
      store.append([act('a', 'x', 0, { weight: 1e308 })]);
      expect(store.countDistinct(USER, { sampling: 'trusted' })[0]?.weight).to.equal(2 ** 32);
    });
  });

  it('answers as an Observable, at each subscription', async () => {
    const all = <T>(answer: Observable<T>): Promise<T[]> => lastValueFrom(answer.pipe(toArray()));
    const distinct$ = store.countDistinct$(USER, { by: 'type' });
    store.append([act('a', 'x', 0), act('a', 'y', 1), act('b', 'x', 1)]);
    expect(await all(distinct$)).to.deep.equal(store.countDistinct(USER, { by: 'type' }));
    expect(await all(store.funnel$(['x', 'y'], USER, 5))).to.deep.equal(store.funnel(['x', 'y'], USER, 5));
    expect(await all(store.retention$(USER, 'day'))).to.deep.equal(store.retention(USER, 'day'));
    expect(await all(distinct$)).to.have.length(2);
  });

  it('answers in numbers where the connection reads whole numbers as BigInts', () => {
    const bigInts = openEventStore({ database: readingBigInts(database) });
    bigInts.append([act(1, 'x', 0), act(1, 'y', 2 * DAY_MS)]);
    expect(bigInts.countDistinct(USER)).to.deep.equal([{ key: undefined, count: 1, weight: 1 }]);
    expect(bigInts.funnel(['x', 'y'], USER, Infinity)).to.deep.include({ type: 'y', count: 1, weight: 1 });
    expect(bigInts.retention(USER, 'day')).to.deep.equal([{ key: 0, count: 1, weight: 1, values: [1, 0, 1] }]);
  });

  it('throws for missing and invalid arguments, and unknown options', () => {
    const wrong = undefined as never;
    expect(() => store.countDistinct(wrong)).to.throw(TypeError, "Expected `of` to be 'sessionId', or a path below `data.` or `metadata.`");
    expect(() => store.countDistinct("data.a') --")).to.throw(TypeError, 'Expected `of`');
    expect(() => store.countDistinct(USER, { by: [] })).to.throw(TypeError, 'Expected `by`');
    expect(() => store.countDistinct(USER, { sampled: 'ignored' } as object)).to.throw(TypeError, 'Did you mean `sampling`?');
    expect(() => store.countDistinct(USER, { sampling: 'yes' as 'none' })).to.throw(TypeError, "one of 'none', 'consistent'");
    expect(() => store.funnel([], USER, 1)).to.throw(TypeError, 'Expected `steps` to be an array of non-empty strings');
    expect(() => store.funnel(['x', ''], USER, 1)).to.throw(TypeError, 'Expected `steps`');
    expect(() => store.funnel(['x'], wrong, 1)).to.throw(TypeError, 'Expected `by`');
    expect(() => store.funnel(['x'], USER, wrong)).to.throw(
      TypeError,
      'Expected `withinMs` to be a number of milliseconds ≥ 0, or Infinity',
    );
    expect(() => store.funnel(['x'], USER, -1)).to.throw(TypeError, 'Expected `withinMs`');
    expect(() => store.retention(USER, wrong)).to.throw(TypeError, "Expected `unit` to be one of 'minute', 'hour', 'day', 'week'");
    expect(() => store.retention(USER, 'day', { periods: 0 })).to.throw(TypeError, 'Expected `periods`');
    expect(() => store.retention(USER, 'day', { period: 5 } as object)).to.throw(TypeError, 'Did you mean `periods`?');
  });
});

describe('An event store of recorded events', () => {
  let events: AnalyticsEvent<string, Recorded>[];
  let store: EventStore;

  before(function () {
    this.timeout(20_000);
    const lines = gunzipSync(readFileSync(dataFile(this, 'ubi-clickstream.ndjson.gz')))
      .toString()
      .trimEnd()
      .split('\n');
    const records = lines.map((line) => JSON.parse(line) as Recorded);
    const start = Math.min(...records.map(({ timestamp }) => timestamp));
    events = records.map((data, index) => ({
      ...anEvent({
        id: String(index),
        type: data.action_name ?? 'query',
        // Two minutes become five days.
        timestamp: start + (data.timestamp - start) * 3_600,
        sessionId: data.event_attributes?.session_id,
      }),
      data,
    }));
    store = openEventStore({ database: anySqlite(this)(':memory:') });
    store.append(events);
  });

  it('counts types per minute as a pass over all events does', () => {
    const groups = new Map<string, number>();
    for (const { type, timestamp } of events) {
      const key = JSON.stringify([timestamp - (timestamp % MINUTE_MS), type]);
      groups.set(key, (groups.get(key) ?? 0) + 1);
    }
    const found = store.countBy(['minute', 'type']);
    expect(new Map(found.map(({ key, count }) => [JSON.stringify(key), count]))).to.deep.equal(groups);
    const places = found.map(({ key: [minute], weight }) => [minute, -weight] as const);
    expect(places).to.deep.equal(places.toSorted(([a, b], [c, d]) => a - c || b - d));
  });

  it('computes a funnel as a search through all chains does', () => {
    const steps = ['on_search', 'view_search_results', 'global_click', 'brand_filter'];
    const keys: readonly [EventActorKey, (event: AnalyticsEvent<string, Recorded>) => string | undefined][] = [
      ['sessionId', ({ sessionId }) => sessionId],
      ['data.client_id', ({ data }) => data.client_id],
    ];
    for (const [by, actorOf] of keys) {
      let last: number[] | undefined;
      for (const withinMs of [2 * MINUTE_MS, 10 * MINUTE_MS, Infinity]) {
        const found = store.funnel(steps, by, withinMs).map(({ count }) => count);
        expect(found, `${by} within ${String(withinMs)} ms`).to.deep.equal(searchedFunnel(events, steps, withinMs, actorOf));
        expect(found).to.not.deep.equal(last);
        last = found;
      }
    }
  });

  it('computes retention as a pass over all events does', () => {
    for (const [unit, ms] of [
      ['hour', HOUR_MS],
      ['day', DAY_MS],
    ] as const) {
      const expected = passedRetention(events, ms, 30, ({ data }) => data.client_id);
      expect(expected.length).to.be.above(2);
      expect(store.retention('data.client_id', unit)).to.deep.equal(expected);
    }
  });

  it('counts users per day as sets do', () => {
    const days = new Map<number, Set<string>>();
    for (const { timestamp, data } of events) {
      const day = timestamp - (timestamp % DAY_MS);
      days.set(day, (days.get(day) ?? new Set()).add(data.client_id));
    }
    const expected = [...days].sort(([a], [b]) => a - b).map(([key, { size }]) => ({ key, count: size, weight: size }));
    expect(store.countDistinct('data.client_id', { by: 'day' })).to.deep.equal(expected);
  });
});

interface Recorded {
  readonly action_name?: string;
  readonly timestamp: number;
  readonly client_id: string;
  readonly event_attributes?: { readonly session_id?: string };
}

function userOf({ data }: AnalyticsEvent): string | undefined {
  return (data as { readonly user?: string }).user;
}

type ActorOf<E> = (event: E) => string | undefined;

function byActor<E extends AnalyticsEvent>(events: readonly E[], actorOf: ActorOf<E>): E[][] {
  const actors = new Map<string | undefined, E[]>();
  for (const event of events) {
    const actor = actorOf(event);
    if (actor !== undefined) actors.set(actor, [...(actors.get(actor) ?? []), event]);
  }
  // A sort is stable.
  return [...actors.values()].map((own) => own.sort((a, b) => a.timestamp - b.timestamp));
}

/** For each step, the number of actors for whom some first event can be followed up to it: from each, the next fitting event is the best. */
function searchedFunnel<E extends AnalyticsEvent>(
  events: readonly E[],
  steps: readonly string[],
  withinMs: number,
  actorOf: ActorOf<E>,
): number[] {
  const counts = steps.map(() => 0);
  for (const own of byActor(events, actorOf)) {
    let furthest = 0;
    for (const [first, { type, timestamp }] of own.entries()) {
      if (type !== steps[0]) continue;
      let reached = 1;
      for (const next of own.slice(first + 1)) {
        if (next.type === steps[reached] && next.timestamp - timestamp <= withinMs) reached += 1;
      }
      furthest = Math.max(furthest, reached);
    }
    for (let step = 0; step < furthest; step += 1) counts[step] = (counts[step] ?? 0) + 1;
  }
  return counts;
}

function passedRetention<E extends AnalyticsEvent>(events: readonly E[], ms: number, periods: number, actorOf: ActorOf<E>): EventCohort[] {
  const periodOf = ({ timestamp }: AnalyticsEvent): number => Math.floor(timestamp / ms);
  const actors = byActor(events, actorOf).map((own) => new Set(own.map(periodOf)));
  const newest = Math.max(...actors.flatMap((own) => [...own]));
  const starts = [...new Set(actors.map((own) => Math.min(...own)))].sort((a, b) => a - b);
  return starts.map((start) => {
    const cohort = actors.filter((own) => Math.min(...own) === start);
    const length = Math.min(periods, newest - start + 1);
    const values = Array.from({ length }, (_, later) => cohort.filter((own) => own.has(start + later)).length);
    return { key: start * ms + 0, count: cohort.length, weight: cohort.length, values };
  });
}
