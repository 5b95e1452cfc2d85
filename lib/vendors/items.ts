import type { AnalyticsEvent } from '../event/event.js';
import { eventTooLarge } from '../http/division.js';
import type { Encoder } from '../http/encoder.js';
import { Encoding } from '../http/encoding.js';
import { isNonEmptyString, isObject } from '../internal/check-option.js';
import { jsonCopy } from '../internal/json-value.js';
import type { UserIds, UserOf } from './user-ids.js';

/** An event, and the user that it is about, of which JSON can represent everything. */
export type Item = AnalyticsEvent & UserIds;

/**
 * A copy of the event; a visitor without an id is known by the session's.
 *
 * @param user by default, the ids in the event's metadata
 */
export function itemOf(event: AnalyticsEvent, user: UserOf | undefined): Item {
  const ids = user ? user(event) : (event.metadata as UserIds);
  const [userId, anonymousId = event.sessionId] = (jsonCopy([ids?.userId, ids?.anonymousId]) as unknown[]).map((id) =>
    // Other values, such as an empty text or an object, are no ids.
    isNonEmptyString(id) || Number.isFinite(id) ? String(id) : undefined,
  );
  return { ...(jsonCopy(event) as AnalyticsEvent), userId, anonymousId };
}

/** The payload as an object: one that is no object is its `data`. */
export const fieldsOf = (data: unknown): object => (isObject(data) ? data : { data });

/** The fields of the metadata and of the payload, and what is known about the event itself. */
export const propertiesOf = (item: Item, fields = fieldsOf(item.data)): Readonly<Record<string, unknown>> => ({
  ...item.metadata,
  ...fields,
  event_category: item.category,
  event_priority: item.priority,
  event_weight: item.weight,
});

/** The traits in an event by which `identify` of a visitor says who the user is; `undefined` for every other event. */
export function traitsOf({ type, userId, data }: Item): object | undefined {
  const traits = (data as { readonly traits?: unknown } | null | undefined)?.traits;
  if (type !== 'user_identified' || userId === undefined) return undefined;
  return isObject(traits) ? traits : {};
}

/** An encoder that writes one JSON value for all events. */
export const itemsEncoder = (
  user: UserOf | undefined,
  toValue: (item: Item) => unknown,
  toBody: (values: unknown) => unknown,
): Encoder => ({
  contentType: 'application/json',
  encode: ({ events }) => JSON.stringify(toBody(events.map((event) => toValue(itemOf(event, user))))),
});

/** An encoder that writes a JSON value for each event, separated by commas, between `head` and `tail`. A longer value than `maxBytes` is `too_large`, alone. */
export const limitedEncoder = (
  user: UserOf | undefined,
  maxBytes: number,
  toValue: (item: Item) => unknown,
  head: string,
  tail: string,
): Encoder => ({
  contentType: 'application/json',
  encode: ({ events }) =>
    head +
    events
      .map((event) => {
        const text = JSON.stringify(toValue(itemOf(event, user)));
        if (new Encoding(text).exceeds(maxBytes)) throw eventTooLarge(maxBytes, 'EVENT_TOO_LARGE');
        return text;
      })
      .join() +
    tail,
});

/** An encoder that writes a line or more for each event. */
export const linesEncoder = (user: UserOf | undefined, toLines: (item: Item) => string): Encoder => ({
  contentType: 'application/x-ndjson',
  encode: ({ events }) => events.map((event) => `${toLines(itemOf(event, user))}\n`).join(''),
});

/** Adds a field to a body that is a JSON object. */
export const stampField =
  (name: string): NonNullable<Encoder['stamp']> =>
  (body, sentAt) =>
    `${String(body).slice(0, -1)},"${name}":${JSON.stringify(new Date(sentAt))}}`;
