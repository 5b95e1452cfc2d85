import { SinkError } from '../errors/sink-error.js';
import { eventJson } from '../event/event-json.js';
import type { AnalyticsEvent } from '../event/event.js';
import { isObject } from '../internal/check-option.js';
import { jsonCopy } from '../internal/json-value.js';
import type { SqliteValue } from './sqlite-database.js';

/** An event as the columns of its row. */
export type EventRow = readonly [
  id: string,
  type: string,
  category: string,
  session: string | null,
  time: number,
  weight: number,
  event: string,
];

/**
 * Converts an event to its row, with the JSON that encoders write.
 *
 * @throws TypeError for an event without a JSON form, or with fields that no query could find; and what its getters throw
 */
export function rowOf(event: AnalyticsEvent): EventRow {
  const { id, type, category, sessionId, timestamp, weight } = event;
  if (![id, type, category].every(isString) || !(sessionId === undefined || isString(sessionId))) {
    throw new TypeError('Expected an event whose `id`, `type`, `category` and `sessionId` are strings');
  }
  if (!Number.isFinite(timestamp) || !Number.isFinite(weight)) {
    throw new TypeError('Expected an event whose `timestamp` and `weight` are finite numbers');
  }
  return [keyOf(id), keyOf(type), keyOf(category), sessionId === undefined ? null : keyOf(sessionId), timestamp, weight, jsonOf(event)];
}

/** The event's JSON. Lone surrogates become U+FFFD in data, but are kept in the identity: otherwise two different ids could become equal. */
function jsonOf(event: AnalyticsEvent): string {
  const { id, type, category, sessionId } = event;
  if ([id, type, category, sessionId ?? ''].every(isWellFormed)) return eventJson(event);
  return JSON.stringify({ ...(jsonCopy(event) as object), id, type, category, sessionId });
}

/** @throws SinkError for a row that another program has written or damaged */
export function eventOf({ seq, event }: { readonly seq: number | bigint; readonly event: string }): unknown {
  try {
    const value: unknown = JSON.parse(event);
    if (!isObject(value)) throw new TypeError('Expected an object');
    return value;
  } catch {
    // The parser's own message would quote the event.
    throw new SinkError('write_failed', `Row ${String(seq)} of the event store is not JSON of an event`, {
      code: 'ROW_NOT_JSON',
      retryable: false,
    });
  }
}

/**
 * The form of a string in a column. SQLite's text is UTF-8, which can't contain lone surrogates, and some of its functions stop at a NUL, so that
 * different ids could become equal. Strings with such characters are stored as JSON with quotes, and so are strings that begin with a quote.
 */
export function keyOf(text: string): string {
  return isPlain(text) ? text : JSON.stringify(text);
}

/** The reverse of `keyOf`. A column that another program has written may begin with a quote but not be JSON. */
export function textOf(key: SqliteValue): string | undefined {
  if (typeof key !== 'string') return undefined;
  if (!key.startsWith('"')) return key;
  try {
    return JSON.parse(key) as string;
  } catch {
    return key;
  }
}

function isPlain(text: string): boolean {
  return !text.startsWith('"') && !text.includes('\0') && isWellFormed(text);
}

const isWellFormed = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed();

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
