import { SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { Encoder } from '../http/encoder.js';
import { Encoding } from '../http/encoding.js';
import { isObject } from '../internal/check-option.js';
import { jsonCopy } from '../internal/json-value.js';
import type { UserIds, UserOf } from './user-ids.js';

/** An event, and the user that it is about, of which JSON can represent everything. */
export type Item = AnalyticsEvent & UserIds;

/** A copy of the event; a visitor without an id is known by the session's. */
export function itemOf(event: AnalyticsEvent, user: UserOf): Item {
  const { userId, anonymousId } = user(event) ?? {};
  const item = jsonCopy({ ...event, userId, anonymousId }) as Item;
  return { ...item, userId: idText(item.userId), anonymousId: idText(item.anonymousId) ?? item.sessionId };
}

/** An id as text; `undefined` for an empty one, and for what is neither text nor a number. */
const idText = (id: unknown): string | undefined => ((typeof id === 'string' && id !== '') || Number.isFinite(id) ? String(id) : undefined);

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
  if (type !== 'user_identified' || userId === undefined) return undefined;
  const { traits } = fieldsOf(data) as { readonly traits?: unknown };
  return isObject(traits) ? traits : {};
}

/**
 * An encoder that writes each event as a text.
 *
 * @param toBody makes the body from the texts
 */
export const itemsEncoder = (user: UserOf, toText: (item: Item) => string, toBody: (texts: readonly string[]) => string): Encoder => ({
  contentType: 'application/json',
  encode: ({ events }) => toBody(events.map((event) => toText(itemOf(event, user)))),
});

/** For `itemsEncoder`: an event of more than `maxBytes` is `too_large`, alone. */
export const limited =
  (maxBytes: number, toText: (item: Item) => string): typeof toText =>
  (item) => {
    const text = toText(item);
    if (new Encoding(text).exceeds(maxBytes))
      throw new SinkError('too_large', `An event is longer than ${String(maxBytes)} bytes`, { code: 'EVENT_TOO_LARGE' });
    return text;
  };

/** Adds a field to a body that is a JSON object. */
export const stampField =
  (name: string): NonNullable<Encoder['stamp']> =>
  (body, sentAt) =>
    `${String(body).slice(0, -1)},"${name}":"${isoTime(sentAt)}"}`;

/** @throws RangeError for an invalid timestamp */
export const isoTime = (timestamp: number): string => new Date(timestamp).toISOString();
