import type { Expectation } from '../internal/check-option.js';
import type { EventCountKey, EventKeyValue } from './event-query.js';
import { textOf } from './event-row.js';
import type { SqliteValue } from './sqlite-database.js';

/** A key of events as an expression of SQL, and how a value of it is read. */
export interface KeyColumn {
  readonly sql: string;
  readonly isTime: boolean;
  readonly read: (value: SqliteValue) => EventKeyValue;
}

/** An event's weight, limited so that invalid weights can't make a sum infinite. */
export const WEIGHT = 'max(0, min(weight, 4294967296.0))';

const DAY_MS = 86_400_000;
/** 1970 began on a Thursday; weeks begin on Monday (ISO 8601). */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** Units of time, in milliseconds. */
export const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: DAY_MS, week: 7 * DAY_MS } as const;

const COLUMNS: Readonly<Record<string, string>> = { type: 'type', category: 'category', sessionId: 'session' };
const PATH = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;

/** Accepts a path of names with dots between them. The path becomes part of a statement. */
export const someNames: Expectation = {
  expected: 'a path of names with dots between them',
  accepts: (value) => typeof value === 'string' && PATH.test(value),
};

const isActorKey = (value: unknown): boolean =>
  value === 'sessionId' || (someNames.accepts(value) && /^(data|metadata)\./.test(value as string));

/** Accepts the key of a session, user or other actor. */
export const anActorKey: Expectation = { expected: "'sessionId', or a path below `data.` or `metadata.`", accepts: isActorKey };

const UNITS = Object.keys(UNIT_MS);
export const aUnit: Expectation = {
  expected: `one of ${UNITS.map((unit) => `'${unit}'`).join(', ')}`,
  accepts: (value) => typeof value === 'string' && UNITS.includes(value),
};

const isKey = (value: unknown): boolean =>
  isActorKey(value) || aUnit.accepts(value) || ['type', 'category', 'priority'].includes(value as string);

/** One key, or a list of different keys. */
export const someKeys: Expectation = {
  expected: `one of 'type', 'category', 'priority', 'sessionId', ${UNITS.map((unit) => `'${unit}'`).join(', ')}, a path below \`data.\` or \`metadata.\`, or a list of them`,
  accepts: (value) =>
    // A copy, because `every` skips gaps.
    Array.isArray(value)
      ? value.length > 0 && [...(value as unknown[])].every(isKey) && new Set(value).size === value.length
      : isKey(value),
};

export function columnOf(key: EventCountKey): KeyColumn {
  if (key in UNIT_MS) return { sql: startOf(key as keyof typeof UNIT_MS), isTime: true, read: Number };
  const column = COLUMNS[key];
  if (column !== undefined) return { sql: column, isTime: false, read: textOf };
  return { sql: scalarAt(key), isTime: false, read: parsed };
}

/** The columns of one key, or of each in a list. */
export function columnsOf(by: EventCountKey | readonly EventCountKey[] | undefined): readonly KeyColumn[] {
  if (by === undefined) return [];
  return typeof by === 'string' ? [columnOf(by)] : by.map(columnOf);
}

/** The SQL type of the JSON at a path, `NULL` if the path does not exist. SQLite parses JSON of up to 1,000 levels; for deeper events it is `NULL`. */
export function ifTypeAt(path: string, types: readonly string[], then: string): string {
  const listed = types.map((type) => `'${type}'`).join(', ');
  return `CASE WHEN json_valid(event) THEN CASE WHEN json_type(event, '$.${path}') IN (${listed}) THEN ${then} END END`;
}

/** A scalar as JSON text, which distinguishes `1` from `'1'` and from `true`. */
function scalarAt(path: string): string {
  return ifTypeAt(path, ['text', 'integer', 'real', 'true', 'false'], `event -> '$.${path}'`);
}

function parsed(value: SqliteValue): EventKeyValue {
  return typeof value === 'string' ? (JSON.parse(value) as EventKeyValue) : undefined;
}

/** The last instant of a `Date`. Later timestamps would become integers that no driver can read, so that a single one would make every query fail. */
const LAST_MS = '8640000000000000.0';

/**
 * Start of the interval that an event belongs to. For times before 1970, it considers that a cast rounds towards zero and that `%` keeps the sign.
 * Timestamps outside the range of a `Date` belong to its first or last interval.
 */
function startOf(unit: keyof typeof UNIT_MS): string {
  const ms = String(UNIT_MS[unit]);
  const origin = unit === 'week' ? String(FIRST_MONDAY_MS) : '0';
  const time = `max(-${LAST_MS}, min(time, ${LAST_MS}))`;
  const floor = `(CAST(${time} AS INTEGER) - (CAST(${time} AS INTEGER) > ${time}))`;
  return `(${floor} - (((${floor} - ${origin}) % ${ms}) + ${ms}) % ${ms})`;
}
