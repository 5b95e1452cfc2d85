import * as t from 'io-ts';
import { literalOf, nonEmptyString, numberFrom } from '../codecs/fields.js';
import { guarded } from '../codecs/guarded.js';
import { EVENT_CATEGORIES } from '../event/categories.js';
import type { EventInput } from '../event/event.js';
import { EVENT_PRIORITIES } from '../event/priority.js';

const optional = <A>(codec: t.Type<A>): t.Type<A | undefined> => t.union([codec, t.undefined]);

/**
 * A codec for events as clients send them: all but the type may be left out, and is then the collector's to fill in. What is there must be right,
 * where `collect` would take a bad field for one that was left out: a client should be told.
 *
 * Decoding gives a new object of the nine fields at most. Neither `decode` nor `is` ever throws.
 *
 * @example
 * expect(eventInputCodec.is({ type: 'cache_hit' })).to.equal(true);
 * expect(eventInputCodec.is({ type: 'cache_hit', timestamp: 'yesterday' })).to.equal(false);
 */
export const eventInputCodec: t.Type<EventInput> = /* @__PURE__ */ guarded<EventInput>(
  'EventInput',
  /* @__PURE__ */ t.type({
    type: nonEmptyString,
    id: /* @__PURE__ */ optional(nonEmptyString),
    category: /* @__PURE__ */ optional(/* @__PURE__ */ literalOf(EVENT_CATEGORIES)),
    priority: /* @__PURE__ */ optional(/* @__PURE__ */ literalOf(EVENT_PRIORITIES)),
    timestamp: /* @__PURE__ */ optional(/* @__PURE__ */ numberFrom(0)),
    sessionId: /* @__PURE__ */ optional(nonEmptyString),
    data: t.unknown,
    metadata: /* @__PURE__ */ optional(/* @__PURE__ */ guarded('object', t.UnknownRecord)),
    weight: /* @__PURE__ */ optional(/* @__PURE__ */ numberFrom(1)),
  }),
  { snapshot },
);

function snapshot(record: Readonly<Record<string, unknown>>): object {
  const { id, type, category, priority, timestamp, sessionId, data, metadata, weight } = record;
  return { id, type, category, priority, timestamp, sessionId, data, metadata, weight };
}
