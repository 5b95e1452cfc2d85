import type { AnalyticsEvent } from '../event/event.js';
import { aNonEmptyString, aString } from '../internal/check-option.js';
import { toJson } from '../internal/json-value.js';
import { optionsOf } from '../internal/options.js';
import type { Encoder } from './encoder.js';

export interface CloudEventsOptions {
  /** The source of the events, a URI reference. Source and event id together are unique. @default 'rx-event-collector' */
  readonly source?: string | undefined;
  /** Added before the type of each event: `'com.example.'`. @default '' */
  readonly typePrefix?: string | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<CloudEventsOptions>(() => ({
  source: [aNonEmptyString, 'rx-event-collector'],
  typePrefix: [aString, ''],
}));

/**
 * Encodes a batch as a CloudEvents 1.0 batch in JSON.
 *
 * `id`, `type` and `data` are those of the event, and `time` is its timestamp. `category`, `priority`, `sessionid` and `weight` are extension attributes.
 * `metadata` is one, too, as JSON in a string: CloudEvents allow no objects there. A weight that is not a 32-bit integer is a string.
 *
 * An event with an empty id or type, or with a timestamp outside the years 0 to 9999, can't be a CloudEvent: it fails alone.
 *
 * Source: CloudEvents 1.0.2, JSON event format, section 4 (JSON batch format).
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const encoder = cloudEventsEncoder({ source: '/shop', typePrefix: 'com.example.' });
 * const [first] = JSON.parse(String(encoder.encode(createBatch([createEvent({ type: 'cache_hit' })], 1))));
 * expect([first.specversion, first.source, first.type]).to.deep.equal(['1.0', '/shop', 'com.example.cache_hit']);
 */
export function cloudEventsEncoder(options?: CloudEventsOptions): Encoder {
  const { source, typePrefix } = OPTIONS.parse(options);
  return {
    contentType: 'application/cloudevents-batch+json',
    encode: ({ events }) => `[${events.map((event) => toJson(toCloudEvent(event, source, typePrefix))).join()}]`,
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
    metadata: (metadata as unknown) === undefined ? undefined : toJson(metadata),
    data,
  };
}

/** The maximum of the CloudEvents type `Integer`. */
const MAX_INTEGER = 2 ** 31 - 1;

/** Formats a time by RFC 3339, in which years have four digits. */
function timeOf(timestamp: number): string {
  const time = new Date(timestamp).toISOString();
  if (time.length > '9999-12-31T23:59:59.999Z'.length) throw new RangeError('Expected a timestamp of the years 0 to 9999');
  return time;
}
