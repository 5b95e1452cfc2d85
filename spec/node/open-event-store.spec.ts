import { expect } from 'chai';
import fc from 'fast-check';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { lastValueFrom, Subject, type Observable, take, tap, toArray } from 'rxjs';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { eventJson } from '../../lib/event/event-json.js';
import { openEventStore, type EventCountKey, type EventStore, type SqliteDatabase } from '../../lib/node/index.js';
import { migrate } from '../../lib/node/event-schema.js';
import { anEvent } from '../support/an-event.js';
import { thrownBy } from '../support/attempt.js';
import { heldDatabase } from '../support/held-database.js';
import { anySqlite, describeWithSqlite, readingBigInts } from '../support/sqlite-drivers.js';

const HOUR_MS = 3_600_000;
const STEPS_OF_VERSION_1 = [
  `CREATE TABLE events (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, category TEXT NOT NULL, session TEXT,
    time REAL NOT NULL, weight REAL NOT NULL, event TEXT NOT NULL) STRICT;
  CREATE INDEX events_by_time ON events (time);
  CREATE INDEX events_by_type ON events (type, time);
  CREATE INDEX events_by_category ON events (category, time);
  CREATE INDEX events_by_session ON events (session, time);`,
];

describeWithSqlite('openEventStore', (open) => {
  let database: SqliteDatabase;
  let store: EventStore;

  beforeEach(() => {
    database = open(':memory:');
    store = openEventStore({ database });
  });

  afterEach(() => {
    database.close();
  });

  const ids = (events: readonly AnalyticsEvent[]): string[] => events.map(({ id }) => id);

  it('returns events as every other sink would write them', () => {
    const event = { ...anEvent({ data: { text: 'ü\0\ud800 😀', none: undefined, date: new Date(0) } }), extra: [1] };
    store.append([event]);
    expect(store.byTime()).to.deep.equal([JSON.parse(eventJson(event))]);
  });

  it('stores a repeated event once, within a batch and across batches', () => {
    expect(store.append([anEvent({ id: 'a' }), anEvent({ id: 'b' }), anEvent({ id: 'a', data: 2 })])).to.deep.include({
      stored: 2,
      duplicates: 1,
      failed: [],
    });
    expect(store.append([anEvent({ id: 'b' }), anEvent({ id: 'c' })])).to.deep.include({ stored: 1, duplicates: 1 });
    expect(ids(store.byTime())).to.deep.equal(['a', 'b', 'c']);
    expect(store.byTime()[0]?.data).to.deep.equal({});
    expect(store.stats()).to.include({ events: 3, duplicates: 2 });
  });

  it('finds by time, type, category and session', () => {
    store.append([
      anEvent({ id: 'c', timestamp: 30, type: 'x', category: 'error', sessionId: 's2' }),
      anEvent({ id: 'a', timestamp: 10, type: 'x', category: 'usage', sessionId: 's1' }),
      anEvent({ id: 'b', timestamp: 20, type: 'y', category: 'usage', sessionId: 's2' }),
      anEvent({ id: 'd', timestamp: 40, type: 'y', category: 'error', sessionId: undefined }),
    ]);
    expect(ids(store.byTime())).to.deep.equal(['a', 'b', 'c', 'd']);
    expect(ids(store.byTime({ from: 20, to: 40 }))).to.deep.equal(['b', 'c']);
    expect(ids(store.byType('x'))).to.deep.equal(['a', 'c']);
    expect(ids(store.byType('x', { from: 11 }))).to.deep.equal(['c']);
    expect(ids(store.byCategory('error', { newestFirst: true }))).to.deep.equal(['d', 'c']);
    expect(ids(store.bySession('s2'))).to.deep.equal(['b', 'c']);
    expect(ids(store.bySession('unknown'))).to.deep.equal([]);
  });

  it('uses an index for each of them, and sorts nothing', () => {
    const plans: string[] = [];
    const spying: SqliteDatabase = {
      exec: (sql) => database.exec(sql),
      close: () => undefined,
      prepare: (sql) => ({
        run: (...values) => database.prepare(sql).run(...values),
        all: (...values) => {
          if (sql.includes('FROM events')) {
            const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as { readonly detail: string }[];
            plans.push(steps.map(({ detail }) => detail).join('; '));
          }
          return database.prepare(sql).all(...values);
        },
      }),
    };
    const spied = openEventStore({ database: spying });
    const page = { from: 1, to: 2, after: anEvent(), limit: 1 };
    spied.byTime(page);
    spied.byType('x', page);
    spied.byCategory('error', page);
    spied.bySession('s', { ...page, newestFirst: true });
    expect(plans).to.have.length(4);
    for (const [index, name] of ['time', 'type', 'category', 'session'].entries()) {
      expect(plans[index])
        .to.match(new RegExp(`SEARCH events USING INDEX events_by_${name} `))
        .and.not.match(/TEMP B-TREE|SCAN/);
    }
  });

  it('pages by key: every event once, in order, also where many share a millisecond', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 7 }),
        fc.boolean(),
        (times, limit, newestFirst) => {
          const own = openEventStore({ database: open(':memory:') });
          own.append(times.map((timestamp, index) => anEvent({ id: String(index), timestamp })));
          const expected = times
            .map((timestamp, index) => ({ timestamp, index }))
            .sort((a, b) => a.timestamp - b.timestamp || a.index - b.index);
          if (newestFirst) expected.reverse();
          const found: string[] = [];
          for (
            let page = own.byTime({ limit, newestFirst });
            page.length > 0;
            page = own.byTime({ limit, newestFirst, after: page.at(-1) })
          ) {
            expect(page.length).to.be.at.most(limit);
            found.push(...ids(page));
          }
          expect(found).to.deep.equal(expected.map(({ index }) => String(index)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('continues after an event that has been deleted in the meantime', () => {
    store.append([1, 1, 1, 2].map((timestamp, index) => anEvent({ id: String(index), timestamp })));
    const [, last] = store.byTime({ limit: 2 });
    database.exec("DELETE FROM events WHERE id IN ('0', '1')");
    expect(ids(store.byTime({ after: last }))).to.deep.equal(['2', '3']);
  });

  it('counts by field, the heaviest first, with the number of represented events', () => {
    store.append([
      anEvent({ id: 'a', type: 'x', weight: 10 }),
      anEvent({ id: 'b', type: 'y', weight: 1.5 }),
      anEvent({ id: 'c', type: 'y', weight: 1 }),
      anEvent({ id: 'd', type: 'z', weight: 1, sessionId: undefined }),
    ]);
    expect(store.countBy('type')).to.deep.equal([
      { key: 'x', count: 1, weight: 10 },
      { key: 'y', count: 2, weight: 2.5 },
      { key: 'z', count: 1, weight: 1 },
    ]);
    expect(store.countBy('type', { limit: 1 })).to.have.length(1);
    expect(store.countBy('category', { type: 'y' })).to.deep.equal([{ key: 'usage', count: 2, weight: 2.5 }]);
    expect(store.countBy('sessionId').map(({ key }) => key)).to.deep.equal(['session', undefined]);
  });

  it('counts by priority, and by a string, number or boolean at a path', () => {
    store.append([
      anEvent({ id: 'a', data: { user: { plan: 'pro' } }, metadata: { appVersion: '1' }, weight: 3 }),
      anEvent({ id: 'b', data: { user: { plan: 1 } }, metadata: { appVersion: '1' }, priority: 'high' }),
      anEvent({ id: 'c', data: { user: { plan: true } } }),
      anEvent({ id: 'd', data: { user: { plan: null } } }),
      anEvent({ id: 'e', data: { user: { plan: ['pro'] } } }),
      anEvent({ id: 'f', data: 'text' }),
      anEvent({ id: 'g', data: { user: { plan: 'pro' } } }),
    ]);
    expect(store.countBy('data.user.plan')).to.have.deep.members([
      { key: 'pro', count: 2, weight: 4 },
      { key: undefined, count: 3, weight: 3 },
      { key: 1, count: 1, weight: 1 },
      { key: true, count: 1, weight: 1 },
    ]);
    expect(store.countBy('metadata.appVersion')[0]).to.deep.equal({ key: undefined, count: 5, weight: 5 });
    expect(store.countBy('priority')).to.deep.equal([
      { key: 'normal', count: 6, weight: 8 },
      { key: 'high', count: 1, weight: 1 },
    ]);
  });

  it('counts timestamps beyond the range of a `Date` in its last interval', () => {
    store.append([anEvent({ id: '1', timestamp: 1e20 }), anEvent({ id: '2', timestamp: 8.64e15 }), anEvent({ id: '3', timestamp: 0 })]);
    for (const unit of ['minute', 'hour', 'day'] as const)
      expect(store.countBy(unit).map(({ key, count }) => [key, count])).to.deep.equal([
        [0, 1],
        [8.64e15, 2],
      ]);
    expect(store.countBy('week').map(({ count }) => count)).to.deep.equal([1, 2]);
    expect(store.retention('sessionId', 'day', { periods: 1 })).to.have.length(1);
  });

  it('counts by several keys: intervals in order, and within them the heaviest first', () => {
    store.append([
      anEvent({ id: 'a', type: 'x', timestamp: HOUR_MS }),
      anEvent({ id: 'b', type: 'x', timestamp: 1 }),
      anEvent({ id: 'c', type: 'y', timestamp: 2, weight: 5 }),
      anEvent({ id: 'd', type: 'x', timestamp: 3 }),
    ]);
    const expected = [
      { key: [0, 'y'], count: 1, weight: 5 },
      { key: [0, 'x'], count: 2, weight: 2 },
      { key: [HOUR_MS, 'x'], count: 1, weight: 1 },
    ];
    expect(store.countBy(['hour', 'type'])).to.deep.equal(expected);
    expect(store.countBy(['type', 'hour'])).to.deep.equal(expected.map(({ key, ...group }) => ({ key: key.toReversed(), ...group })));
    expect(store.countBy(['hour', 'type'], { limit: 1 })).to.have.length(1);
    expect(store.countBy(['type'])).to.deep.equal([
      { key: ['y'], count: 1, weight: 5 },
      { key: ['x'], count: 3, weight: 3 },
    ]);
  });

  it('counts by week, from Monday', () => {
    const monday = Date.UTC(1969, 11, 29);
    store.append([-1, 0, 7 * 24 * HOUR_MS - 1].map((ms, index) => anEvent({ id: String(index), timestamp: monday + ms })));
    expect(store.countBy('week').map(({ key, count }) => [key, count])).to.deep.equal([
      [monday - 7 * 24 * HOUR_MS, 1],
      [monday, 2],
    ]);
  });

  it('counts by minute, hour and day of UTC, as Math.floor does, before 1970 too', () => {
    const lengths = { minute: 60_000, hour: HOUR_MS, day: 24 * HOUR_MS };
    const times = fc.oneof(
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.integer({ min: -1e7, max: 1e7 }).map((n) => n / 8),
      fc.constantFrom(-60_000, 0, 59_999.5),
    );
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 20 }), fc.constantFrom('minute', 'hour', 'day'), (timestamps, by) => {
        const own = openEventStore({ database: open(':memory:') });
        own.append(timestamps.map((timestamp, index) => anEvent({ id: String(index), timestamp })));
        const counts = new Map<number, number>();
        for (const each of timestamps) {
          const start = Math.floor(each / lengths[by]) * lengths[by];
          counts.set(start, (counts.get(start) ?? 0) + 1);
        }
        // A Map's keys know no -0, and neither does SQLite.
        const expected = [...counts].sort(([a], [b]) => a - b).map(([key, count]) => ({ key, count, weight: count }));
        expect(own.countBy(by)).to.deep.equal(expected);
      }),
      { numRuns: 60 },
    );
  });

  it('computes weighted percentiles: the smallest value that this share of the weight does not exceed', () => {
    const values = fc.array(fc.tuple(fc.integer({ min: -5, max: 5 }), fc.integer({ min: 1, max: 20 })), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(values, (pairs) => {
        const own = openEventStore({ database: open(':memory:') });
        own.append(pairs.map(([value, weight], index) => anEvent({ id: String(index), weight, data: { value } })));
        const unfolded = pairs.flatMap(([value, weight]) => Array<number>(weight).fill(value)).sort((a, b) => a - b);
        const shares = [0, 0.25, 0.5, 0.99, 1];
        const expected = shares.map((share) => unfolded[Math.max(0, Math.ceil(share * unfolded.length - 1e-6) - 1)]);
        expect(own.percentiles(shares)).to.deep.equal([{ key: undefined, count: pairs.length, weight: unfolded.length, values: expected }]);
      }),
      { numRuns: 60 },
    );
  });

  it('computes percentiles by group and of another number, of the events that have one', () => {
    const timing = (id: string, type: string, ms: unknown, timestamp = 0): AnalyticsEvent =>
      anEvent({ id, type, timestamp, data: { page: { ms } } });
    store.append([
      timing('a', 'x', 1),
      timing('b', 'x', 3),
      timing('c', 'y', 7, HOUR_MS),
      timing('d', 'y', '9'),
      timing('e', 'z', null),
      anEvent({ id: 'f', data: 5 }),
    ]);
    expect(store.percentiles([0.5, 1], { of: 'data.page.ms', by: 'type' })).to.deep.equal([
      { key: 'x', count: 2, weight: 2, values: [1, 3] },
      { key: 'y', count: 1, weight: 1, values: [7, 7] },
    ]);
    expect(store.percentiles([1], { of: 'data.page.ms', by: 'hour', type: 'y' })).to.deep.equal([
      { key: HOUR_MS, count: 1, weight: 1, values: [7] },
    ]);
    expect(store.percentiles([0.5], { of: 'nothing.here' })).to.deep.equal([]);
    expect(store.percentiles([1], { of: 'data.page.ms', by: ['hour', 'type'] }).map(({ key, values }) => [key, values])).to.deep.equal([
      [[0, 'x'], [3]],
      [[HOUR_MS, 'y'], [7]],
    ]);
  });

  it('leaves out events whose JSON is too deep for SQLite', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 1_500; level += 1) deep = [deep];
    store.append([anEvent({ id: 'deep', data: { value: 1, deep } }), anEvent({ id: 'flat', data: { value: 2 } })]);
    expect(store.percentiles([0.5])).to.deep.equal([{ key: undefined, count: 1, weight: 1, values: [2] }]);
    expect(store.byTime()[0]?.data).to.deep.equal({ value: 1, deep });
  });

  describe('as an Observable', () => {
    beforeEach(() => {
      store.append(
        Array.from({ length: 25 }, (_, index) => anEvent({ id: String(index), timestamp: index, type: index % 2 ? 'odd' : 'even' })),
      );
    });

    it('emits the same events as the array', async () => {
      const all = <T>(scan: Observable<T>): Promise<T[]> => lastValueFrom(scan.pipe(toArray()));
      expect(await all(store.byTime$({ pageSize: 4 }))).to.deep.equal(store.byTime());
      expect(await all(store.byTime$({ pageSize: 5, newestFirst: true, from: 3, to: 20 }))).to.deep.equal(
        store.byTime({ newestFirst: true, from: 3, to: 20 }),
      );
      expect(await all(store.byType$('odd', { pageSize: 1 }))).to.deep.equal(store.byType('odd'));
      expect(await all(store.byCategory$('usage'))).to.deep.equal(store.byCategory('usage'));
      expect(await all(store.bySession$('session', { pageSize: 25 }))).to.deep.equal(store.bySession('session'));
      expect(await all(store.countBy$('type'))).to.deep.equal(store.countBy('type'));
      expect(await all(store.percentiles$([0.5]))).to.deep.equal(store.percentiles([0.5]));
    });

    it('reads at subscription, again for each', async () => {
      const scan = store.byType$('late');
      store.append([anEvent({ id: 'late', type: 'late' })]);
      expect(ids(await lastValueFrom(scan.pipe(toArray())))).to.deep.equal(['late']);
      expect(ids(await lastValueFrom(scan.pipe(toArray())))).to.deep.equal(['late']);
    });

    it('keeps one page in memory, and reads the next one when each of its events has been processed', async () => {
      const gate = new Subject<number>();
      const begun: string[] = [];
      const done = lastValueFrom(
        store
          .byTime$({
            pageSize: 2,
            project: ({ id }) => {
              begun.push(id);
              return gate.pipe(take(1));
            },
          })
          .pipe(toArray()),
      );
      // What comes while it waits is seen by the pages to come, for they are not read yet.
      store.append([anEvent({ id: 'new', timestamp: 2.5 })]);
      expect(begun).to.deep.equal(['0']);
      gate.next(1);
      expect(begun).to.deep.equal(['0', '1']);
      await untilDone(done, () => {
        gate.next(1);
      });
      expect(begun).to.deep.equal(ids(store.byTime()));
      expect(begun).to.include('new');
    });

    it('stops in the middle of a page, and reads no other, when it is unsubscribed', async () => {
      const projected: string[] = [];
      const project = ({ id }: AnalyticsEvent): string[] => [id];
      const counted = store.byTime$({ pageSize: 10, project: (event) => (projected.push(event.id), project(event)) });
      expect(await lastValueFrom(counted.pipe(take(3), toArray()))).to.deep.equal(['0', '1', '2']);
      expect(projected).to.deep.equal(['0', '1', '2']);
      await new Promise((resolve) => setImmediate(resolve));
      expect(projected).to.have.length(3);
    });

    it('passes on errors of the store and of `project`', async () => {
      const failed = (scan: Observable<unknown>): Promise<unknown> => lastValueFrom(scan).catch((error: unknown) => error);
      const broken = store.byTime$({
        project: () => {
          throw new Error('broken');
        },
      });
      expect(await failed(broken)).to.include({ message: 'broken' });
      const closing = store.byTime$({ pageSize: 5 }).pipe(tap(() => store.close()));
      expect(await failed(closing)).to.include({ code: 'STORE_CLOSED' });
    });
  });

  it('counts in numbers where the connection reads whole numbers as BigInts', () => {
    const bigInts = openEventStore({ database: readingBigInts(database) });
    bigInts.append([anEvent({ id: 'a', type: 'x', timestamp: 1, data: { value: 7 } }), anEvent({ id: 'b', type: 'x', timestamp: 2 })]);
    expect(bigInts.stats()).to.include({ events: 2, weight: 2, oldest: 1, newest: 2 });
    expect(bigInts.countBy('type')).to.deep.equal([{ key: 'x', count: 2, weight: 2 }]);
    expect(bigInts.countBy('hour')).to.deep.equal([{ key: 0, count: 2, weight: 2 }]);
    expect(bigInts.percentiles([0.5])).to.deep.equal([{ key: undefined, count: 1, weight: 1, values: [7] }]);
  });

  it('limits the effect of a single weight on a sum', () => {
    store.append([
      anEvent({ id: 'a', weight: 1e308, data: { value: 1 } }),
      anEvent({ id: 'b', weight: 1e308, data: { value: 2 } }),
      anEvent({ id: 'c', weight: -1e308, data: { value: 3 } }),
    ]);
    expect(store.countBy('type')[0]?.weight).to.equal(2 ** 33);
    expect(store.stats().weight).to.equal(2 ** 33);
    expect(store.percentiles([0.5, 1])[0]).to.deep.include({ weight: 2 ** 33, values: [1, 2] });
  });

  it('throws a SinkError for a row that is not JSON', () => {
    store.append([anEvent({ id: 'a' })]);
    database.exec("UPDATE events SET event = '{ \"secret', type = '\"x'");
    const error = thrownBy(() => store.byTime());
    expect(error).to.include({ kind: 'write_failed', code: 'ROW_NOT_JSON', retryable: false });
    expect(error.message).to.equal('Row 1 of the event store is not JSON of an event');
    expect(store.countBy('type')[0]?.key).to.equal('"x');
  });

  it('throws a SinkError for a row that is JSON, but not an object', () => {
    store.append([anEvent({ id: 'a' })]);
    for (const json of ['null', '5', '"text"', '[]']) {
      database.exec(`UPDATE events SET event = '${json}'`);
      expect(thrownBy(() => store.byTime())).to.include({ code: 'ROW_NOT_JSON', retryable: false });
    }
  });

  it('requires the value of a query', () => {
    store.append([anEvent({ sessionId: 'another session' })]);
    for (const value of [undefined, null, '', 5, {}] as never[]) {
      for (const query of [
        () => store.byType(value),
        () => store.byCategory(value),
        () => store.bySession(value),
        () => store.byType$(value),
        () => store.byCategory$(value),
        () => store.bySession$(value),
      ]) {
        expect(query).to.throw(TypeError, /^Expected `(type|category|sessionId)` to be a non-empty string, got /);
      }
    }
  });

  it('refuses unknown query options', () => {
    const options = { form: 1 } as object;
    for (const call of [
      () => store.byTime(options),
      () => store.byType('x', options),
      () => store.bySession$('x', options),
      () => store.countBy('type', options),
      () => store.percentiles([0.5], options),
    ]) {
      expect(call).to.throw(TypeError, 'Unknown option `form`. Did you mean `from`?');
    }
    expect(() => store.byTime({ type: 'x' } as object)).to.throw(TypeError, 'Unknown option `type`');
    expect(() => store.retain({ maxAge: 1 } as object)).to.throw(TypeError, 'Unknown option `retention.maxAge`');
    expect(() => store.byTime$({ from: NaN })).to.throw(TypeError, 'Expected `from`');
  });

  it('throws for invalid options', () => {
    expect(() => store.byTime({ limit: 0 })).to.throw(TypeError, 'Expected `limit` to be an integer ≥ 1 or Infinity, got `0`');
    expect(() => store.byTime({ from: NaN })).to.throw(TypeError, 'Expected `from`');
    expect(() => store.byTime({ after: { id: 'a' } as AnalyticsEvent })).to.throw(TypeError, 'Expected `after`');
    expect(() => store.byType('')).to.throw(TypeError, 'Expected `type`');
    expect(() => store.byTime$({ pageSize: 0 })).to.throw(TypeError, 'Expected `pageSize`');
    expect(() => store.countBy("type'; DROP TABLE events" as EventCountKey)).to.throw(TypeError, 'Expected `by`');
    for (const by of [undefined, [], ['type', 'type'], 'data', 'data.', 'data.a-b', "data.a'", ['type', 'tpye']]) {
      expect(() => store.countBy(by as EventCountKey), String(by)).to.throw(TypeError, "Expected `by` to be one of 'type', 'category', ");
    }
    expect(() => store.percentiles([])).to.throw(TypeError, 'Expected `shares`');
    expect(() => store.percentiles([2])).to.throw(TypeError, 'Expected `shares`');
    expect(() => store.percentiles([0.5], { of: "a'); --" })).to.throw(TypeError, 'Expected `of` to be a path of names');
  });

  it('does not close a given database, and throws after close', () => {
    store.append([anEvent()]);
    store.close();
    store.close();
    expect(database.prepare('SELECT id FROM events').all()).to.have.length(1);
    for (const call of [() => store.byTime(), () => store.append([]), () => store.stats(), () => store.flush(), () => store.compact()]) {
      expect(thrownBy(call)).to.include({ kind: 'write_failed', code: 'STORE_CLOSED', retryable: false });
    }
  });

  it('throws when the caller has closed the database', () => {
    const other = open(':memory:');
    const orphan = openEventStore({ database: other });
    other.close();
    expect(thrownBy(() => orphan.append([anEvent()]))).to.include({ kind: 'write_failed', code: 'STORE_CLOSED', retryable: false });
    expect(thrownBy(() => orphan.byTime())).to.include({ code: 'STORE_CLOSED' });
  });
});

describe('openEventStore', () => {
  let folder: string;
  let path: string;

  let openAny: (path: string) => SqliteDatabase;

  before(function () {
    openAny = anySqlite(this);
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'event-store-'));
    path = join(folder, 'deep', 'er', 'events.db');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('creates the file with its folders, and later finds the stored events in it', () => {
    const first = openEventStore({ path: pathToFileURL(path) });
    first.append([anEvent({ id: 'a' })]);
    first.close();
    const second = openEventStore({ path });
    expect(second.append([anEvent({ id: 'a' }), anEvent({ id: 'b' })])).to.include({ stored: 1, duplicates: 1 });
    expect(second.byTime().map(({ id }) => id)).to.deep.equal(['a', 'b']);
    second.close();
    // What was in the log is in the file.
    expect(existsSync(`${path}-wal`)).to.equal(false);
  });

  it('waits for a process that locks the file while it opens or closes it, regardless of `busyTimeoutMs`', async () => {
    const first = openEventStore({ path });
    first.append([anEvent({ id: 'a' })]);
    first.close();
    const holder = await heldDatabase(path);
    const store = openEventStore({ path, busyTimeoutMs: 0 });
    expect(store.append([anEvent({ id: 'b' })])).to.include({ stored: 1 });
    store.close();
    await once(holder, 'exit');
  });

  it('permits readers while it writes, and applies `fsync`', function () {
    const database = anySqlite(this);
    const store = openEventStore({ path, fsync: 'batch' });
    const reader = database(path);
    expect(Object.values(reader.prepare('PRAGMA journal_mode').all()[0] as object)).to.deep.equal(['wal']);
    store.append([anEvent()]);
    reader.exec('BEGIN');
    expect(reader.prepare('SELECT id FROM events').all()).to.have.length(1);
    expect(store.append([anEvent({ id: 'b' })]).stored).to.equal(1);
    expect(reader.prepare('SELECT id FROM events').all()).to.have.length(1);
    reader.exec('COMMIT');
    expect(reader.prepare('SELECT id FROM events').all()).to.have.length(2);
    store.flush();
    reader.close();
    store.close();
  });

  it('shrinks the file with `compact`', () => {
    const store = openEventStore({ path });
    store.append(Array.from({ length: 2_000 }, (_, index) => anEvent({ id: String(index), timestamp: index, data: 'x'.repeat(500) })));
    const full = store.stats().bytes;
    expect(store.retain({ maxAgeMs: 0 })).to.equal(2_000);
    store.compact();
    expect(store.stats()).to.deep.include({ events: 0, weight: 0, oldest: undefined, newest: undefined });
    expect(store.stats().bytes).to.be.below(full / 5);
    store.close();
  });

  it('leaves the database of another application unchanged', () => {
    mkdirSync(join(folder, 'foreign'));
    for (const [name, setup] of Object.entries({
      'tables only': 'CREATE TABLE theirs (a)',
      'a version': 'PRAGMA user_version = 3',
      'an application id': 'PRAGMA application_id = 7',
      'a log': 'PRAGMA journal_mode = WAL; CREATE TABLE theirs (a)',
    })) {
      const foreign = join(folder, 'foreign', name);
      const owner = openAny(foreign);
      owner.exec(setup);
      // With its log, as it would be found after a crash.
      const files = (name === 'a log' ? ['', '-wal'] : ['']).map((end) => readFileSync(foreign + end));
      if (name !== 'a log') owner.close();
      expect(
        thrownBy(() => openEventStore({ path: foreign })),
        name,
      ).to.include({ code: 'FOREIGN_DATABASE', retryable: false });
      expect((name === 'a log' ? ['', '-wal'] : ['']).map((end) => readFileSync(foreign + end))).to.deep.equal(files);
      if (name === 'a log') owner.close();
    }
    expect(readdirSync(join(folder, 'foreign'))).to.have.members(['tables only', 'a version', 'an application id', 'a log']);
  });

  it('brings a store of the first version up to date', () => {
    mkdirSync(dirname(path), { recursive: true });
    const old = openAny(path);
    migrate(old, STEPS_OF_VERSION_1);
    const insert = old.prepare('INSERT INTO events (id, type, category, session, time, weight, event) VALUES (?, ?, ?, ?, ?, ?, ?)');
    for (const [id, time] of [['past', 5] as const, ['future', 8.64e15] as const]) {
      insert.run(id, 'x', 'custom', null, time, 1, JSON.stringify(anEvent({ id, timestamp: time })));
    }
    old.close();
    const store = openEventStore({ path });
    expect(store.retain({ maxAgeMs: HOUR_MS })).to.equal(1);
    expect(store.byTime().map(({ id }) => id)).to.deep.equal(['future']);
    store.close();
  });

  for (const [what, change] of Object.entries({
    deleted: (file: string) => rmSync(file),
    renamed: (file: string) => renameSync(file, `${file}.old`),
    replaced: (file: string) => {
      renameSync(file, `${file}.old`);
      writeFileSync(file, '');
    },
    emptied: (file: string) => truncateSync(file),
    'left without its log': (file: string) => rmSync(`${file}-wal`),
    'given another log': (file: string) => {
      rmSync(`${file}-wal`);
      writeFileSync(`${file}-wal`, '');
    },
  })) {
    it(`delivers nothing to a file that was ${what}`, () => {
      const store = openEventStore({ path });
      store.append([anEvent({ id: 'a' })]);
      change(path);
      for (const call of [() => store.append([anEvent({ id: 'b' })]), () => store.compact(), () => store.flush()]) {
        expect(thrownBy(call)).to.include({ code: 'DATABASE_GONE', retryable: false });
      }
      store.close();
      const again = openEventStore({ path });
      expect(again.append([anEvent({ id: 'b' })]).stored).to.equal(1);
      again.close();
    });
  }

  it('counts the log, and shrinks it once no reader uses it', () => {
    const store = openEventStore({ path, retention: { maxBytes: 2_000_000 } });
    const batch = (from: number) =>
      Array.from({ length: 200 }, (_, index) => anEvent({ id: String(from + index), data: 'x'.repeat(1_000) }));
    store.append(batch(0));
    const reader = openAny(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM events').all();
    for (let n = 1; n <= 60; n += 1) store.append(batch(n * 200));
    const log = statSync(`${path}-wal`).size;
    expect(log).to.be.greaterThan(10_000_000);
    expect(store.stats().bytes).to.be.greaterThan(log);
    reader.exec('COMMIT');
    reader.close();
    store.append(batch(61 * 200));
    store.append(batch(62 * 200));
    expect(statSync(`${path}-wal`).size).to.be.below(10_000_000);
    expect(store.stats().bytes).to.be.below(log);
    store.flush();
    expect(statSync(`${path}-wal`).size).to.equal(0);
    store.close();
  });

  it('throws for paths and files that are not databases', async () => {
    await writeFile(join(folder, 'file'), 'not a database, but long enough for one to be told from it'.repeat(100));
    expect(thrownBy(() => openEventStore({ path: join(folder, 'file') }))).to.include({
      kind: 'write_failed',
      code: 'SQLITE_NOTADB',
      retryable: false,
    });
    expect(thrownBy(() => openEventStore({ path: folder }))).to.include({
      kind: 'write_failed',
      code: 'SQLITE_CANTOPEN',
      retryable: false,
    });
    expect(thrownBy(() => openEventStore({ path: join(folder, 'file', 'x.db') }))).to.include({ kind: 'write_failed', retryable: false });
  });

  it('throws for invalid options', () => {
    expect(() => openEventStore({ path: '' })).to.throw(TypeError, 'Expected `path` to be a non-empty string or a file: URL');
    expect(() => openEventStore({ path: join(folder, 'a\0b') })).to.throw(TypeError, 'without NUL characters');
    expect(() => openEventStore({ database: { exec: () => undefined } as never })).to.throw(
      TypeError,
      'Expected `database` to be a connection',
    );
    expect(() => openEventStore({ path, fsync: 'always' as 'batch' })).to.throw(TypeError, 'Expected `fsync`');
    expect(() => openEventStore({ path, busyTimeoutMs: -1 })).to.throw(TypeError, 'Expected `busyTimeoutMs`');
    expect(() => openEventStore({ path, retention: { maxBytes: 0 } })).to.throw(TypeError, 'Expected `retention.maxBytes`');
    expect(() => openEventStore({ path, retention: true as never })).to.throw(TypeError, 'Expected `retention` to be an object');
    expect(() => openEventStore({ path, retention: { maxAge: 1 } as object })).to.throw(
      TypeError,
      'Unknown option `retention.maxAge`. Did you mean `retention.maxAgeMs`?',
    );
    expect(() => openEventStore({ path, retain: {} } as { path: string })).to.throw(
      TypeError,
      'Unknown option `retain`. Did you mean `retention`?',
    );
    expect(() => openEventStore(undefined as never)).to.throw(TypeError, 'Expected `path` to be');
    expect(existsSync(path)).to.equal(false);
  });
});

/** Does something again and again, with others in between, until a promise has settled. */
async function untilDone(work: Promise<unknown>, poke: () => void): Promise<void> {
  const state = { isDone: false };
  const settled = work.finally(() => {
    state.isDone = true;
  });
  while (!state.isDone) {
    poke();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await settled;
}
