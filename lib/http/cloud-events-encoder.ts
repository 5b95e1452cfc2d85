import type { AnalyticsEvent } from '../event/event.js';
import { checkKeys } from '../internal/check-keys.js';
import { aNonEmptyString, checkArgument } from '../internal/check-option.js';
import type { Encoder } from './encoder.js';

export interface CloudEventsOptions {
  /** Where the events come from, a URI reference. Together with an event's id it is unique. @default 'rx-event-collector' */
  readonly source?: string | undefined;
  /** Stands before each event's type: `'com.example.'`. @default '' */
  readonly typePrefix?: string | undefined;
}

/**
 * Each batch as a CloudEvents 1.0 batch in JSON.
 *
 * `id`, `type` and `data` are the event's, `time` is its timestamp. `category`, `priority`, `sessionid` and `weight` are extension attributes, and so is
 * `metadata`, as JSON in a string, for CloudEvents know no objects there; a weight that is no integer is a string, too.
 *
 * An event whose id or type is empty, or whose timestamp is no time of the years 0 to 9999, is none: it fails alone.
 *
 * Source: CloudEvents 1.0.2, JSON event format, section 4 (JSON batch format).
 *
 * @throws TypeError for an option outside its range
 * @example
 * const encoder = cloudEventsEncoder({ source: '/shop', typePrefix: 'com.example.' });
 * const [first] = JSON.parse(String(encoder.encode(createBatch([createEvent({ type: 'cache_hit' })], 1))));
 * expect([first.specversion, first.source, first.type]).to.deep.equal(['1.0', '/shop', 'com.example.cache_hit']);
 */
export function cloudEventsEncoder(options: CloudEventsOptions = {}): Encoder {
  checkKeys(options, { source: true, typePrefix: true });
  const { source = 'rx-event-collector', typePrefix = '' } = options;
  checkArgument('source', source, aNonEmptyString);
  checkArgument('typePrefix', typePrefix, { expected: 'a string', accepts: (value) => typeof value === 'string' });
  return {
    contentType: 'application/cloudevents-batch+json',
    encode: ({ events }) => JSON.stringify(events.map((event) => toCloudEvent(event, source, typePrefix))),
  };
}

function toCloudEvent(event: AnalyticsEvent, source: string, typePrefix: string): Readonly<Record<string, unknown>> {
  const { id, type, category, priority, timestamp, sessionId, data, metadata, weight } = event;
  if (id === '' || type === '') throw new TypeError('Expected an event with an id and a type');
  return {
    specversion: '1.0',
    id,
    source,
    type: typePrefix + type,
    time: timeOf(timestamp),
    datacontenttype: 'application/json',
    category,
    priority,
    sessionid: sessionId,
    weight: Number.isInteger(weight) && Math.abs(weight) <= MAX_INTEGER ? weight : String(weight),
    metadata: JSON.stringify(metadata),
    data,
  };
}

/** Of the type `Integer`, which has 32 bits. */
const MAX_INTEGER = 2 ** 31 - 1;

/** RFC 3339, which has years of four digits only. */
function timeOf(timestamp: number): string {
  const time = new Date(timestamp).toISOString();
  if (time.length > '9999-12-31T23:59:59.999Z'.length) throw new RangeError('Expected a timestamp of the years 0 to 9999');
  return time;
}
