import { expect } from 'chai';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { EventInserts } from '../../lib/node/event-inserts.js';
import { conditionsOf, EventQueries, where } from '../../lib/node/event-queries.js';
import { migrate } from '../../lib/node/event-schema.js';
import type { SqliteDatabase } from '../../lib/node/index.js';
import { anEvent } from '../support/an-event.js';
import { describeWithSqlite, readingBigInts } from '../support/sqlite-drivers.js';

describeWithSqlite('EventQueries', (open) => {
  let database: SqliteDatabase;
  let queries: EventQueries<AnalyticsEvent>;

  beforeEach(() => {
    database = open(':memory:');
    migrate(database);
    queries = new EventQueries(database, (work) => work());
  });

  afterEach(() => {
    database.close();
  });

  const store = (...patches: readonly Partial<AnalyticsEvent>[]): unknown =>
    new EventInserts(database).append(
      patches.map((patch, index) => anEvent({ id: String(index), ...patch })),
      0,
    );
  const ids = (events: readonly AnalyticsEvent[]): readonly string[] => events.map(({ id }) => id);

  it('runs each statement, and nothing else, within the attempt', () => {
    const attempts: unknown[] = [];
    const failing = new EventQueries(database, (work) => {
      attempts.push(work());
      throw new Error('converted');
    });
    for (const query of [() => failing.page({}), () => failing.countBy('type'), () => failing.percentiles([0.5]), () => failing.extent()]) {
      expect(query).to.throw('converted');
    }
    expect(() => failing.page({}, { limit: 0 })).to.throw(TypeError, 'Expected `limit` to be');
    expect(attempts).to.have.length(4);
  });

  it('continues after the last event of a page, in both directions, also within a millisecond', () => {
    store({ timestamp: 5 }, { id: '\ud800', timestamp: 5 }, { id: '"', timestamp: 5 }, { timestamp: 4 }, { timestamp: 6 });
    const after = { id: '\ud800', timestamp: 5 };
    expect(ids(queries.page({}, { after }))).to.deep.equal(['"', '4']);
    expect(ids(queries.page({}, { after, newestFirst: true }))).to.deep.equal(['0', '3']);
    expect(ids(queries.page({}, { after, newestFirst: true, from: 5, limit: 3 }))).to.deep.equal(['0']);
  });

  it('finds nothing in an empty or reversed range', () => {
    store({ timestamp: 5 });
    expect(queries.page({}, { from: 5, to: 5 })).to.deep.equal([]);
    expect(queries.countBy('type', { from: 6, to: 4 })).to.deep.equal([]);
    expect(queries.percentiles([0.5], { from: 6, to: 4 })).to.deep.equal([]);
  });

  it('has the smallest value as percentile 0, the largest as 1, and each of a repeated share', () => {
    store({ data: { value: 3 }, weight: 0.1 }, { data: { value: -1.5 }, weight: 0.2 }, { data: { value: 2 }, weight: 0.3 });
    const [{ values, count, weight } = { values: [], count: 0, weight: 0 }] = queries.percentiles([1, 0, 0.5, 0.5]);
    expect([values, count]).to.deep.equal([[3, -1.5, 2, 2], 3]);
    expect(weight).to.be.closeTo(0.6, 1e-9);
  });

  it('leaves events without a number out of percentiles, and groups without one', () => {
    store({ data: { value: '3' } }, { data: { value: true } }, { data: {} }, { data: [1] }, { type: 'x', data: { value: 7 } });
    expect(queries.percentiles([0.5], { by: 'type' })).to.deep.equal([{ key: 'x', count: 1, weight: 1, values: [7] }]);
    expect(queries.percentiles([0.5], { type: 'feature_used' })).to.deep.equal([]);
  });

  it('has an extent without times for an empty store, and the first and last time otherwise', () => {
    expect(queries.extent()).to.deep.equal({ events: 0, weight: 0, oldest: undefined, newest: undefined });
    store({ timestamp: 5, weight: 2.5 }, { timestamp: -7.5, weight: -1 }, { timestamp: 0, weight: 1e300 });
    const expected = { events: 3, weight: 2.5 + 2 ** 32, oldest: -7.5, newest: 5 };
    expect(queries.extent()).to.deep.equal(expected);
    expect(new EventQueries(readingBigInts(database), (work) => work()).extent()).to.deep.equal(expected);
  });

  const gap = new Array<never>(1);
  const refused: readonly (readonly [title: string, query: () => unknown, option: string])[] = [
    ['a path that would end its string in SQL', () => queries.percentiles([0.5], { of: "data.x') OR ('" }), 'of'],
    ['a path that would end its string in SQL as a key', () => queries.countBy("data.x' --"), 'by'],
    ['a list without keys', () => queries.countBy([]), 'by'],
    ['a list with gaps as keys', () => queries.countBy(gap), 'by'],
    ['no shares', () => queries.percentiles([]), 'shares'],
    ['a percentage as share', () => queries.percentiles([0.5, 95]), 'shares'],
    ['NaN as share', () => queries.percentiles([NaN]), 'shares'],
    ['a list with gaps as shares', () => queries.percentiles(gap), 'shares'],
    ['an infinite time', () => queries.page({}, { from: -Infinity }), 'from'],
    ['a date as time', () => queries.countBy('type', { to: new Date(0) as never }), 'to'],
    ['the id alone as place', () => queries.page({}, { after: '1' as never }), 'after'],
    ['a place without a time', () => queries.page({}, { after: { id: '1', timestamp: NaN } }), 'after'],
    ['a fraction as limit', () => queries.page({}, { limit: 1.5 }), 'limit'],
  ];
  for (const [title, query, option] of refused) {
    it(`refuses ${title}`, () => {
      expect(query).to.throw(TypeError, `Expected \`${option}\` to be`);
    });
  }
});

describe('conditionsOf', () => {
  it('has a condition for each field that is set, with its value in the form of the column', () => {
    expect(conditionsOf({})).to.deep.equal({ sql: [], values: [] });
    expect(conditionsOf({ to: 0, from: -1, sessionId: '"', category: 'usage', type: 'a\0b' })).to.deep.equal({
      sql: ['type = ?', 'category = ?', 'session = ?', 'time >= ?', 'time < ?'],
      values: ['"a\\u0000b"', 'usage', '"\\""', -1, 0],
    });
  });
});

describe('where', () => {
  it('requires all conditions, and is empty without any', () => {
    expect([where([]), where(['a = ?']), where(['a = ?', 'b > ?'])]).to.deep.equal(['', 'WHERE a = ?', 'WHERE a = ? AND b > ?']);
  });
});
