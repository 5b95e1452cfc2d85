import { eventJson } from '../event/event-json.js';
import type { AnalyticsEvent } from '../event/event.js';
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
 * The row of an event. Its JSON is the one that every encoder writes.
 *
 * @throws TypeError for an event without a JSON form, or whose columns couldn't be queried; and what its getters throw
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

/** Lone surrogates become U+FFFD in data. In the event's identity they stay, or two different ids would become the same. */
function jsonOf(event: AnalyticsEvent): string {
  const { id, type, category, sessionId } = event;
  if ([id, type, category, sessionId ?? ''].every(isWellFormed)) return eventJson(event);
  return JSON.stringify({ ...(jsonCopy(event) as object), id, type, category, sessionId });
}

/**
 * A string as a column stores it.
 *
 * SQLite's text is UTF-8, which has no lone surrogates, and some of its functions stop at a NUL: two ids that differ only in these would
 * become one. Such strings are stored as JSON, with the quotes, and so are strings that start with a quote.
 */
export function keyOf(text: string): string {
  return isPlain(text) ? text : JSON.stringify(text);
}

export function textOf(key: SqliteValue): string | undefined {
  if (typeof key !== 'string') return undefined;
  return key.startsWith('"') ? (JSON.parse(key) as string) : key;
}

function isPlain(text: string): boolean {
  return !text.startsWith('"') && !text.includes('\0') && isWellFormed(text);
}

const isWellFormed = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed();

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
