import type { AnalyticsEvent } from '../event/event.js';
import type { SqliteValue } from './sqlite-database.js';

/** An event as the columns of its row: id, type, category, session, time, weight, event. */
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
 * @throws TypeError for an event without a JSON form, or that nothing could find again; and what its getters throw
 */
export function rowOf(event: AnalyticsEvent): EventRow {
  const { id, type, category, sessionId, timestamp, weight } = event;
  if (![id, type, category].every(isString) || !(sessionId === undefined || isString(sessionId))) {
    throw new TypeError('Expected an event whose `id`, `type`, `category` and `sessionId` are strings');
  }
  if (!Number.isFinite(timestamp) || !Number.isFinite(weight)) {
    throw new TypeError('Expected an event whose `timestamp` and `weight` are finite numbers');
  }
  const json = JSON.stringify(event) as string | undefined;
  if (json === undefined) throw new TypeError('Expected an event that has a JSON form');
  return [keyOf(id), keyOf(type), keyOf(category), sessionId === undefined ? null : keyOf(sessionId), timestamp, weight, json];
}

/**
 * A string as a column holds it. SQLite's text is UTF-8, which has no lone surrogates, and ends at a NUL for some of its functions: two ids
 * that differ in nothing else would become one. Such strings are kept as JSON, quotes included, and so is what begins with a quote itself.
 */
export function keyOf(text: string): string {
  return isPlain(text) ? text : JSON.stringify(text);
}

export function textOf(key: SqliteValue): string | undefined {
  if (typeof key !== 'string') return undefined;
  return key.startsWith('"') ? (JSON.parse(key) as string) : key;
}

function isPlain(text: string): boolean {
  return !text.startsWith('"') && !text.includes('\0') && (text as string & { isWellFormed(): boolean }).isWellFormed();
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}
