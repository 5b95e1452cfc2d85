import type { EventInput } from 'rx-event-collector';
import type { FieldUse, Part } from './field-use.js';

/** The fields of a record for each field of an event; a missing one is guessed. */
export interface FieldNames {
  readonly typeField?: string | undefined;
  readonly timeField?: string | undefined;
  readonly idField?: string | undefined;
}

const GUESSES = {
  type: ['type', 'event', 'event_type', 'eventType', 'event_name', 'eventName', 'action_name', 'action', '_path', 'name', 'kind'],
  time: ['timestamp', 'time', 'created_at', 'createdAt', 'ts', 'date', '@timestamp'],
  id: ['id', 'event_id', 'eventId', 'uuid', '_id', 'message_id', 'messageId'],
};

/** Type of a record without a type. */
const UNTYPED = 'record';

/**
 * How to make events of any records: objects with, somewhere, a type, a time and an id. The whole record becomes the event's data.
 *
 * A record without a type is a `'record'`, one without a time has the current time, one without an id gets a new one. A value that is not an object is no
 * record, and becomes no event. The category is always `'custom'`, so that no policy for a built-in type that happens to have the same
 * name applies. `use` counts the fields that were used.
 */
export function recordReader(
  { typeField, timeField, idField }: FieldNames = {},
  use?: FieldUse,
): (record: unknown) => EventInput | undefined {
  const typeOf = firstOf('type', typeField, toName, use);
  const timeOf = firstOf('time', timeField, toEpochMs, use);
  const idOf = firstOf('id', idField, toName, use);
  return (record) => {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) return undefined;
    if (use !== undefined) use.records += 1;
    return { type: typeOf(record) ?? UNTYPED, id: idOf(record), timestamp: timeOf(record), category: 'custom', data: record };
  };
}

/** Reads the field that was named, or else the first guess that holds something fit. */
function firstOf<T>(part: Part, named: string | undefined, convert: (value: unknown) => T | undefined, use: FieldUse | undefined) {
  const names = named === undefined ? GUESSES[part] : [named];
  return (record: object): T | undefined => {
    for (const name of names) {
      const value = convert(fieldOf(record, name));
      if (value === undefined) continue;
      use?.add(part, name);
      return value;
    }
    return undefined;
  };
}

/** A field by its name; without such a field, by its dotted path. Only own fields count. */
function fieldOf(record: object, name: string): unknown {
  if (Object.hasOwn(record, name)) return (record as Record<string, unknown>)[name];
  let value: unknown = record;
  for (const key of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function toName(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

const ISO_DATE = /^\d{4}-\d{2}-\d{2}/;
const DECIMAL = /^-?\d+(\.\d+)?$/;
/** The last millisecond that a `Date` can hold, either way. */
const MAX_TIME = 8.64e15;

/** Milliseconds since 1970, from those, or seconds, microseconds or nanoseconds, as a number or as text, or from an ISO 8601 date. */
export function toEpochMs(value: unknown): number | undefined {
  if (typeof value === 'string') {
    const text = value.trim();
    if (DECIMAL.test(text)) return toEpochMs(Number(text));
    return ISO_DATE.test(text) ? toEpochDate(Date.parse(text)) : undefined;
  }
  if (typeof value !== 'number') return undefined;
  // Between 1973 and 5138, each unit has its own range of values.
  const size = Math.abs(value);
  if (size < 1e11) return toEpochDate(value * 1e3);
  if (size < 1e14) return toEpochDate(value);
  return toEpochDate(size < 1e17 ? value / 1e3 : value / 1e6);
}

function toEpochDate(ms: number): number | undefined {
  return Math.abs(ms) <= MAX_TIME ? Math.round(ms) : undefined;
}
