import * as t from 'io-ts';
import { EVENT_CATEGORIES } from '../event/categories.js';
import type { AnalyticsEvent } from '../event/event.js';
import { mergeMetadata } from '../event/merge-metadata.js';
import { EVENT_PRIORITIES } from '../event/priority.js';
import { literalOf, nonEmptyString, TIMESTAMP, WEIGHT } from './fields.js';
import { guarded } from './guarded.js';

/**
 * A codec for complete events, as collectors send them. It is strict where `collect` is lenient.
 *
 * Decoding returns a new event with the nine fields, each read once; other fields and a metadata key `__proto__` are dropped. A timestamp that is a
 * `Date` or an ISO 8601 string becomes a number. The payload is decoded by `data`; by default it is the same reference. With `type`, events of
 * other types are invalid. Neither `decode` nor `is` ever throws.
 *
 * @example
 * const codec = eventCodec(t.type({ total: t.number }));
 * const paid = createEvent({ type: 'checkout_completed', data: { total: 12 } });
 * expect(codec.decode(paid)).to.deep.equal({ _tag: 'Right', right: paid });
 * expect(codec.is({ ...paid, data: { total: 'twelve' } })).to.equal(false);
 */
export function eventCodec(): t.Type<AnalyticsEvent>;
export function eventCodec<D, O>(data: t.Type<D, O>): t.Type<AnalyticsEvent<string, D>, AnalyticsEvent<string, O>>;
export function eventCodec<D, O, T extends string>(data: t.Type<D, O>, type: T): t.Type<AnalyticsEvent<T, D>, AnalyticsEvent<T, O>>;
export function eventCodec(data: t.Mixed = t.unknown, type?: string): t.Type<AnalyticsEvent> {
  const fields = t.type({
    id: nonEmptyString,
    type: type === undefined ? nonEmptyString : t.literal(type),
    category: CATEGORY,
    priority: PRIORITY,
    timestamp: TIMESTAMP,
    sessionId: SESSION_ID,
    data: guarded<unknown>(data.name, data),
    metadata: METADATA,
    weight: WEIGHT,
  });
  const name = `AnalyticsEvent<${type === undefined ? 'string' : JSON.stringify(type)}, ${data.name}>`;
  return guarded<AnalyticsEvent>(name, fields, { snapshot });
}

const CATEGORY = /* @__PURE__ */ literalOf(EVENT_CATEGORIES);
const PRIORITY = /* @__PURE__ */ literalOf(EVENT_PRIORITIES);
const SESSION_ID = /* @__PURE__ */ t.union([t.string, t.undefined]);
const METADATA = /* @__PURE__ */ t.partial(
  { appVersion: t.string, os: t.string, arch: t.string, locale: t.string, timezoneOffset: t.number },
  'EventMetadata',
);

function snapshot({
  id,
  type,
  category,
  priority,
  timestamp,
  sessionId,
  data,
  metadata,
  weight,
}: Readonly<Record<string, unknown>>): object {
  const copied = t.UnknownRecord.is(metadata) ? mergeMetadata({}, metadata) : metadata;
  return { id, type, category, priority, timestamp, sessionId, data, metadata: copied, weight };
}
