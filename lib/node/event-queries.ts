import {
  aBoolean,
  anArray,
  anInteger,
  aNonEmptyString,
  anObject,
  checkArgument,
  oneOf,
  type Expectation,
} from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type {
  EventCount,
  EventCountKey,
  EventCountOptions,
  EventFilter,
  EventPageOptions,
  EventPercentileOptions,
  EventPercentiles,
} from './event-query.js';
import { eventOf, keyOf, textOf } from './event-row.js';
import type { SqliteDatabase, SqliteValue } from './sqlite-database.js';

/** Uses the database; what it throws is a `SinkError`. */
type Attempt = <R>(work: () => R) => R;

/** Queries the events of a database. */
export class EventQueries<E> {
  readonly #database: SqliteDatabase;
  readonly #attempt: Attempt;

  constructor(database: SqliteDatabase, attempt: Attempt) {
    this.#database = database;
    this.#attempt = attempt;
  }

  page(filter: EventFilter, options?: EventPageOptions): E[] {
    const { after, limit, newestFirst, from, to } = PAGE.parse(options);
    const { sql, values } = conditionsOf({ ...filter, from, to });
    if (after !== undefined) {
      // If that event has been deleted, so have all that arrived before it.
      sql.push(`(time, seq) ${newestFirst ? '<' : '>'} (?, coalesce((SELECT seq FROM events WHERE id = ?), 0))`);
      values.push(after.timestamp, keyOf(after.id));
    }
    const direction = newestFirst ? 'DESC' : 'ASC';
    const text = `SELECT seq, event FROM events ${where(sql)} ORDER BY time ${direction}, seq ${direction} LIMIT ?`;
    return this.#all<Parameters<typeof eventOf>[0]>(text, [...values, limitOf(limit)]).map((row) => eventOf(row) as E);
  }

  countBy(by: EventCountKey, options?: EventCountOptions): EventCount[] {
    checkArgument('by', by, aKey);
    const { limit, ...filter } = COUNT.parse(options);
    const { sql, values } = conditionsOf(filter);
    const order = isField(by) ? 'weight DESC, key' : 'key';
    const text = `SELECT ${KEYS[by]} AS key, count(*) AS count, total(${WEIGHT}) AS weight FROM events ${where(sql)} GROUP BY key ORDER BY ${order} LIMIT ?`;
    const rows = this.#all<Group>(text, [...values, limitOf(limit)]);
    return rows.map(({ key, count, weight }) => ({ key: isField(by) ? textOf(key) : Number(key), count: Number(count), weight }));
  }

  percentiles(shares: readonly number[], options?: EventPercentileOptions): EventPercentiles[] {
    checkArgument('shares', shares, someShares);
    const { of, by, ...filter } = PERCENTILES.parse(options);
    const { sql, values } = conditionsOf(filter);
    const path = `'$.${of}'`;
    // SQLite parses JSON of up to 1,000 levels; deeper events are left out. Sums of weights are compared with a tolerance, because the
    // additions happen in different orders.
    const text = `
      WITH found AS (
        SELECT ${by === undefined ? 'NULL' : KEYS[by]} AS key, ${WEIGHT} AS weight,
          CASE WHEN json_valid(event) THEN CASE WHEN json_type(event, ${path}) IN ('integer', 'real') THEN CAST(json_extract(event, ${path}) AS REAL) END END AS value
        FROM events ${where(sql)}
      ), ranked AS (
        SELECT key, weight, value,
          sum(weight) OVER (PARTITION BY key ORDER BY value ROWS UNBOUNDED PRECEDING) AS reached, sum(weight) OVER (PARTITION BY key) AS whole
        FROM found WHERE value IS NOT NULL
      )
      SELECT key, count(*) AS count, max(whole) AS weight,
        ${shares.map((_, index) => `min(value) FILTER (WHERE reached >= ? * whole * 0.999999999) AS p${String(index)}`).join(', ')}
      FROM ranked GROUP BY key ORDER BY ${by === undefined || !isField(by) ? 'key' : 'weight DESC, key'}`;
    const rows = this.#all<Group & Readonly<Record<string, number>>>(text, [...values, ...shares]);
    return rows.map((row) => ({
      key: by === undefined || isField(by) ? textOf(row.key) : Number(row.key),
      count: Number(row.count),
      weight: row.weight,
      values: shares.map((_, index) => row[`p${String(index)}`] ?? NaN),
    }));
  }

  /** Number of events, their weight, and their first and last `timestamp`. */
  extent(): {
    readonly events: number;
    readonly weight: number;
    readonly oldest?: number | undefined;
    readonly newest?: number | undefined;
  } {
    const [row] = this.#all<{ events: number | bigint; weight: number; oldest: number | null; newest: number | null }>(
      `SELECT count(*) AS events, total(${WEIGHT}) AS weight, min(time) AS oldest, max(time) AS newest FROM events`,
      [],
    );
    return {
      events: Number(row?.events ?? 0),
      weight: row?.weight ?? 0,
      oldest: row?.oldest ?? undefined,
      newest: row?.newest ?? undefined,
    };
  }

  #all<R>(text: string, values: readonly SqliteValue[]): R[] {
    return this.#attempt(() => this.#database.prepare(text).all(...values) as R[]);
  }
}

interface Group {
  readonly key: SqliteValue;
  /** A connection may be set to return integers as BigInts. */
  readonly count: number | bigint;
  readonly weight: number;
}

/** Start of the interval that an event belongs to, also before 1970: a cast rounds towards zero, and `%` keeps the sign. */
const startOf = (ms: number): string => {
  const floor = '(CAST(time AS INTEGER) - (CAST(time AS INTEGER) > time))';
  return `(${floor} - ((${floor} % ${String(ms)}) + ${String(ms)}) % ${String(ms)})`;
};

/** Weights that no sampling can produce must not turn sums into Infinity. */
const WEIGHT = 'max(0, min(weight, 4294967296.0))';

const KEYS: Readonly<Record<EventCountKey, string>> = {
  type: 'type',
  category: 'category',
  sessionId: 'session',
  minute: startOf(60_000),
  hour: startOf(3_600_000),
  day: startOf(86_400_000),
};

const aKey = oneOf(Object.keys(KEYS));
export const aTime: Expectation = { expected: 'a finite number of milliseconds', accepts: (value) => Number.isFinite(value) };
const anEventsPlace: Expectation = {
  expected: 'an event, or its `id` and `timestamp`',
  accepts: (value) =>
    anObject.accepts(value) &&
    typeof (value as { id?: unknown }).id === 'string' &&
    aTime.accepts((value as { timestamp?: unknown }).timestamp),
};
const someShares: Expectation = {
  expected: 'an array of numbers from 0 to 1',
  accepts: (value) =>
    anArray.accepts(value) &&
    (value as unknown[]).length > 0 &&
    (value as unknown[]).every((each) => typeof each === 'number' && each >= 0 && each <= 1),
};
/** Becomes part of a statement. */
const someNames: Expectation = {
  expected: 'a path of names with dots between them',
  accepts: (value) => typeof value === 'string' && /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(value),
};

const filterRows = {
  type: [aNonEmptyString],
  category: [aNonEmptyString],
  sessionId: [aNonEmptyString],
  from: [aTime],
  to: [aTime],
} as const;
type FilterKey = keyof typeof filterRows;

const PAGE = optionsOf<EventPageOptions, 'after' | 'from' | 'to'>(() => ({
  after: [anEventsPlace],
  limit: [anInteger(1, true), Infinity],
  newestFirst: [aBoolean, false],
  from: [aTime],
  to: [aTime],
}));
const COUNT = optionsOf<EventCountOptions, FilterKey>(() => ({ ...filterRows, limit: [anInteger(1, true), Infinity] }));
const PERCENTILES = optionsOf<EventPercentileOptions, FilterKey | 'by'>(() => ({
  ...filterRows,
  of: [someNames, 'data.value'],
  by: [aKey],
}));

function isField(by: EventCountKey): boolean {
  return by === 'type' || by === 'category' || by === 'sessionId';
}

function conditionsOf({ type, category, sessionId, from, to }: EventFilter): { readonly sql: string[]; readonly values: SqliteValue[] } {
  const sql: string[] = [];
  const values: SqliteValue[] = [];
  const add = (condition: string, value: string | number | undefined): void => {
    if (value === undefined) return;
    sql.push(condition);
    values.push(typeof value === 'string' ? keyOf(value) : value);
  };
  add('type = ?', type);
  add('category = ?', category);
  add('session = ?', sessionId);
  add('time >= ?', from);
  add('time < ?', to);
  return { sql, values };
}

function where(sql: readonly string[]): string {
  return sql.length > 0 ? `WHERE ${sql.join(' AND ')}` : '';
}

function limitOf(limit: number): number {
  return limit === Infinity ? -1 : limit;
}
