import * as t from 'io-ts';
import { literalOf, nonEmptyString, TIMESTAMP, WEIGHT } from '../codecs/fields.js';
import { guarded } from '../codecs/guarded.js';
import { EVENT_CATEGORIES } from '../event/categories.js';
import type { EventInput } from '../event/event.js';
import { EVENT_PRIORITIES } from '../event/priority.js';

const optional = <A>(codec: t.Type<A>): t.Type<A | undefined> => t.union([codec, t.undefined]);

/**
 * A codec for events as clients send them. Every field but the type may be left out or `null`; the collector then fills it in. Unlike `collect`,
 * which replaces an invalid field by its default, the codec refuses it, so that the client gets an error.
 *
 * The timestamp is a number of milliseconds since the epoch, a `Date`, or an ISO 8601 string; it decodes to the number. The weight is at most
 * 2^32. Decoding returns a new object with at most the nine fields. Neither `decode` nor `is` ever throws.
 *
 * @example
 * expect(eventInputCodec.is({ type: 'cache_hit' })).to.equal(true);
 * expect(eventInputCodec.decode({ type: 'cache_hit', timestamp: '1970-01-01T00:00:01Z' })).to.have.nested.property('right.timestamp', 1_000);
 * expect(eventInputCodec.decode({ type: 'cache_hit', timestamp: 'yesterday' })._tag).to.equal('Left');
 */
export const eventInputCodec: t.Type<EventInput> = /* @__PURE__ */ guarded<EventInput>(
  'EventInput',
  /* @__PURE__ */ t.type({
    type: nonEmptyString,
    id: /* @__PURE__ */ optional(nonEmptyString),
    category: /* @__PURE__ */ optional(/* @__PURE__ */ literalOf(EVENT_CATEGORIES)),
    priority: /* @__PURE__ */ optional(/* @__PURE__ */ literalOf(EVENT_PRIORITIES)),
    timestamp: /* @__PURE__ */ optional(TIMESTAMP),
    sessionId: /* @__PURE__ */ optional(nonEmptyString),
    data: t.unknown,
    metadata: /* @__PURE__ */ optional(/* @__PURE__ */ guarded('object', t.UnknownRecord)),
    weight: /* @__PURE__ */ optional(WEIGHT),
  }),
  { snapshot },
);

/** Many clients send `null` for a field that is left out. In a payload it is a value like any other. */
function snapshot(record: Readonly<Record<string, unknown>>): object {
  const { id, type, category, priority, timestamp, sessionId, data, metadata, weight } = record;
  return {
    id: id ?? undefined,
    type,
    category: category ?? undefined,
    priority: priority ?? undefined,
    timestamp: timestamp ?? undefined,
    sessionId: sessionId ?? undefined,
    data,
    metadata: metadata ?? undefined,
    weight: weight ?? undefined,
  };
}
