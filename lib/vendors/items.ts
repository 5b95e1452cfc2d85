import { SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { Encoder } from '../http/encoder.js';
import { jsonCopy } from '../internal/json-value.js';
import { idText, type UserIds, type UserOf } from './user-ids.js';

/** An event, and the user that it is about, of which JSON can represent everything. */
export type Item = AnalyticsEvent & UserIds;

/** A copy of the event; a visitor without an id is known by the session's. */
export function itemOf(event: AnalyticsEvent, user: UserOf): Item {
  const item = jsonCopy(event) as AnalyticsEvent;
  const { userId, anonymousId } = (jsonCopy(user(event)) ?? {}) as UserIds;
  return { ...item, userId: idText(userId), anonymousId: idText(anonymousId) ?? item.sessionId };
}

/** The fields of the metadata and of the payload, and what is known about the event itself. A payload that is no object is `data`. */
export function propertiesOf({ metadata, data, category, priority, weight }: Item): Readonly<Record<string, unknown>> {
  const fields = typeof data === 'object' && !Array.isArray(data) ? data : { data };
  return { ...metadata, ...fields, event_category: category, event_priority: priority, event_weight: weight };
}

export interface ItemsFormat {
  /** @default 'application/json' */
  readonly contentType?: string;
  /** Bytes of an event; a longer one is `too_large`, alone. @default Infinity */
  readonly maxBytes?: number;
  /** Written before an event. @default nothing */
  readonly before?: (item: Item) => string;
  /** As in `Encoder`. */
  readonly stamp?: Encoder['stamp'];
}

/** An encoder that writes each event as JSON. */
export function itemsEncoder(
  user: UserOf,
  [start, between, end]: readonly [start: string, between: string, end: string],
  toObject: (item: Item) => unknown,
  { contentType = 'application/json', maxBytes = Infinity, before, stamp }: ItemsFormat = {},
): Encoder {
  const toJson = (event: AnalyticsEvent): string => {
    const item = itemOf(event, user);
    const json = (before?.(item) ?? '') + JSON.stringify(toObject(item));
    // A UTF-16 code unit takes at most three bytes.
    if (json.length * 3 > maxBytes && new TextEncoder().encode(json).length > maxBytes)
      throw new SinkError('too_large', `An event is longer than ${String(maxBytes)} bytes`, { code: 'EVENT_TOO_LARGE' });
    return json;
  };
  return { contentType, encode: ({ events }) => start + events.map(toJson).join(between) + end, stamp };
}

/** Adds a field to a body that is a JSON object. */
export const stampField =
  (name: string): NonNullable<Encoder['stamp']> =>
  (body, sentAt) =>
    `${String(body).slice(0, -1)},"${name}":"${isoTime(sentAt)}"}`;

/** @throws RangeError for an invalid timestamp */
export const isoTime = (timestamp: number): string => new Date(timestamp).toISOString();
