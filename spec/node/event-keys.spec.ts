import { expect } from 'chai';
import { anActorKey, aUnit, columnOf, columnsOf, someKeys, someNames, WEIGHT } from '../../lib/node/event-keys.js';
import type { EventCountKey } from '../../lib/node/event-query.js';
import type { SqliteDatabase, SqliteValue } from '../../lib/node/sqlite-database.js';
import { anySqlite } from '../support/sqlite-drivers.js';

const INJECTIONS = [
  "data.a' OR 1",
  'data.a"b',
  'data.a b',
  'data.a[0]',
  'data.$',
  'data..a',
  'data.',
  '.data',
  'data.1',
  'data.ä',
  'data.a\n',
];

describe('the keys of events', () => {
  const expectations = { someNames, anActorKey, aUnit, someKeys };
  const cases: readonly (readonly [keyof typeof expectations, accepted: readonly unknown[], refused: readonly unknown[]])[] = [
    ['someNames', ['data', '_a.b1.c'], ['', ...INJECTIONS, 1, ['data'], undefined]],
    ['anActorKey', ['sessionId', 'data.user', 'metadata.user.id'], ['data', 'type', 'other.user', 'metadata', ...INJECTIONS, 1]],
    ['aUnit', ['minute', 'hour', 'day', 'week'], ['month', 'toString', '', ['day'], undefined]],
    [
      'someKeys',
      ['type', 'category', 'priority', 'sessionId', 'week', 'data.a', ['type', 'hour', 'metadata.a']],
      [[], ['type', 'type'], [['type']], 'id', 'constructor', ...INJECTIONS, INJECTIONS, undefined, { type: 1 }],
    ],
  ];
  for (const [name, accepted, refused] of cases) {
    it(`are accepted by ${name} only if a statement may contain them`, () => {
      for (const value of accepted) expect(expectations[name].accepts(value), String(value)).to.equal(true);
      for (const value of refused) expect(expectations[name].accepts(value), String(value)).to.equal(false);
    });
  }

  it('become columns: none, one, or one for each in a list', () => {
    expect(columnsOf(undefined)).to.deep.equal([]);
    expect(columnsOf('type').map(({ sql }) => sql)).to.deep.equal(['type']);
    expect(columnsOf(['sessionId', 'category']).map(({ sql }) => sql)).to.deep.equal(['session', 'category']);
  });
});

describe('columnOf', () => {
  let database: SqliteDatabase;

  before(function () {
    database = anySqlite(this)(':memory:');
    database.exec('CREATE TABLE events (time REAL, weight REAL, type TEXT, session TEXT, event TEXT)');
  });

  afterEach(() => {
    database.exec('DELETE FROM events');
  });

  after(() => {
    database.close();
  });

  /** What an expression is for a row. */
  function evaluate(sql: string, row: Readonly<Record<string, SqliteValue>>): SqliteValue {
    const names = Object.keys(row);
    database.prepare(`INSERT INTO events (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`).run(...Object.values(row));
    const [found] = database.prepare(`SELECT ${sql} AS value FROM events ORDER BY rowid DESC LIMIT 1`).all() as { value: SqliteValue }[];
    return found!.value;
  }

  const keyIn = (key: EventCountKey, row: Readonly<Record<string, SqliteValue>>): unknown => {
    const { sql, read } = columnOf(key);
    return read(evaluate(sql, row));
  };

  it('reads text as it was before it was escaped', () => {
    expect(keyIn('type', { type: '"a\\u0000b"' })).to.equal('a\0b');
    expect(keyIn('sessionId', { session: null })).to.equal(undefined);
  });

  it('reads a string, number or boolean at a path, and nothing else', () => {
    const event = JSON.stringify({ data: { text: '1', number: 1, half: 0.5, yes: true, no: false, none: null, list: [1], object: {} } });
    const found = ['text', 'number', 'half', 'yes', 'no', 'none', 'list', 'object', 'missing', 'text.length'].map((name) =>
      keyIn(`data.${name}`, { event }),
    );
    expect(found).to.deep.equal(['1', 1, 0.5, true, false, ...Array<undefined>(5).fill(undefined)]);
    expect(keyIn('priority', { event: '{"priority":"high"}' })).to.equal('high');
  });

  it('reads nothing from text that is not JSON', () => {
    expect(keyIn('data.text', { event: '{"data":' })).to.equal(undefined);
  });

  const DAY_MS = 86_400_000;
  const starts: readonly (readonly [unit: 'minute' | 'hour' | 'day' | 'week', time: number, start: number])[] = [
    ['minute', 0, 0],
    ['minute', 59_999.9, 0],
    ['minute', -0.5, -60_000],
    ['minute', -60_000, -60_000],
    ['hour', 3_600_000, 3_600_000],
    ['day', DAY_MS - 1, 0],
    ['day', -1, -DAY_MS],
    // 1970-01-01 was a Thursday.
    ['week', 0, -3 * DAY_MS],
    ['week', 4 * DAY_MS - 1, -3 * DAY_MS],
    ['week', 4 * DAY_MS, 4 * DAY_MS],
    ['day', 1e300, 8.64e15],
    ['day', -1e300, -8.64e15],
  ];
  for (const [unit, time, start] of starts) {
    it(`has ${String(start)} as the start of the ${unit} of ${String(time)}`, () => {
      expect(columnOf(unit).isTime).to.equal(true);
      expect(keyIn(unit, { time })).to.equal(start);
    });
  }

  it('counts a weight as 0 to 2^32', () => {
    expect([-1, 0.5, 2 ** 32, 1e300].map((weight) => evaluate(WEIGHT, { weight }))).to.deep.equal([0, 0.5, 2 ** 32, 2 ** 32]);
  });
});
