import { aBoolean, anArray, anInteger, aNonEmptyString, anObject, checkArgument, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { Groups, type GroupRow } from './event-groups.js';
import { ifTypeAt, someKeys, someNames, WEIGHT } from './event-keys.js';
import type {
  EventCount,
  EventCountOptions,
  EventFilter,
  EventGrouping,
  EventPageOptions,
  EventPercentileOptions,
  EventPercentiles,
} from './event-query.js';
import { eventOf, keyOf } from './event-row.js';
import type { SqliteDatabase, SqliteValue } from './sqlite-database.js';

/** Runs work with the database, and converts errors to a `SinkError`. */
export type Attempt = <R>(work: () => R) => R;

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
      // If that event was deleted, all events that arrived before it were deleted, too.
      sql.push(`(time, seq) ${newestFirst ? '<' : '>'} (?, coalesce((SELECT seq FROM events WHERE id = ?), 0))`);
      values.push(after.timestamp, keyOf(after.id));
    }
    const direction = newestFirst ? 'DESC' : 'ASC';
    const text = `SELECT seq, event FROM events ${where(sql)} ORDER BY time ${direction}, seq ${direction} LIMIT ?`;
    return this.#all<Parameters<typeof eventOf>[0]>(text, [...values, limitOf(limit)]).map((row) => eventOf(row) as E);
  }

  countBy(by: EventGrouping, options?: EventCountOptions): EventCount[] {
    checkArgument('by', by, someKeys);
    const { limit, ...filter } = COUNT.parse(options);
    const groups = new Groups(by);
    const { sql, values } = conditionsOf(filter);
    const text = `SELECT ${groups.columns}, count(*) AS count, total(${WEIGHT}) AS weight
      FROM events ${where(sql)} GROUP BY ${groups.names} ORDER BY ${groups.order} LIMIT ?`;
    return this.#all<GroupRow>(text, [...values, limitOf(limit)]).map((row) => groups.read(row));
  }

  percentiles(shares: readonly number[], options?: EventPercentileOptions): EventPercentiles[] {
    checkArgument('shares', shares, someShares);
    const { of, by, ...filter } = PERCENTILES.parse(options);
    const groups = new Groups(by);
    const { sql, values } = conditionsOf(filter);
    // Compared with a tolerance, because the weights are added in different orders.
    const text = `
      WITH found AS (
        SELECT ${groups.columns}, ${WEIGHT} AS weight,
          ${ifTypeAt(of, ['integer', 'real'], `CAST(json_extract(event, '$.${of}') AS REAL)`)} AS value
        FROM events ${where(sql)}
      ), ranked AS (
        SELECT ${groups.names}, weight, value,
          sum(weight) OVER (PARTITION BY ${groups.names} ORDER BY value ROWS UNBOUNDED PRECEDING) AS reached,
          sum(weight) OVER (PARTITION BY ${groups.names}) AS whole
        FROM found WHERE value IS NOT NULL
      ), found_shares AS (
        SELECT ${groups.names}, count(*) AS count, max(whole) AS weight,
          ${shares.map((_, index) => `min(value) FILTER (WHERE reached >= ? * whole * 0.999999999) AS p${String(index)}`).join(', ')}
        FROM ranked GROUP BY ${groups.names}
      )
      SELECT * FROM found_shares ORDER BY ${groups.order}`;
    const rows = this.#all<GroupRow & Readonly<Record<string, number>>>(text, [...values, ...shares]);
    return rows.map((row) => ({ ...groups.read(row), values: shares.map((_, index) => row[`p${String(index)}`] ?? NaN) }));
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
    // A copy, because `every` skips gaps.
    [...(value as unknown[])].every((each) => typeof each === 'number' && each >= 0 && each <= 1),
};
export const filterRows = {
  type: [aNonEmptyString],
  category: [aNonEmptyString],
  sessionId: [aNonEmptyString],
  from: [aTime],
  to: [aTime],
} as const;
export type FilterKey = keyof typeof filterRows;

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
  by: [someKeys],
}));

export function conditionsOf({ type, category, sessionId, from, to }: EventFilter): {
  readonly sql: string[];
  readonly values: SqliteValue[];
} {
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

export function where(sql: readonly string[]): string {
  return sql.length > 0 ? `WHERE ${sql.join(' AND ')}` : '';
}

function limitOf(limit: number): number {
  return limit === Infinity ? -1 : limit;
}
