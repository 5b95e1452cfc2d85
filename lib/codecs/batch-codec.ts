import * as t from 'io-ts';
import type { EventBatch, FlushReason } from '../event/event.js';
import { eventCodec } from './event-codec.js';
import { integerFrom, nonEmptyString, TIMESTAMP } from './fields.js';
import { guarded } from './guarded.js';

/**
 * A codec for batches. Decoding returns a new, frozen batch. One invalid event makes the batch invalid: to keep the others, decode with
 * `batchCodec(t.unknown)` first and then each event. Neither `decode` nor `is` ever throws. The codec of the events is `eventCodec()` unless another
 * one is passed.
 *
 * @example
 * const batch = createBatch([createEvent({ type: 'cache_hit' })], 1);
 * expect(batchCodec().is(JSON.parse(JSON.stringify(batch)))).to.equal(true);
 */
export function batchCodec(): t.Type<EventBatch>;
export function batchCodec<E, O>(event: t.Type<E, O>): t.Type<EventBatch<E>, EventBatch<O>>;
export function batchCodec(event: t.Mixed = eventCodec()): t.Mixed {
  const fields = t.intersection([
    t.type({ id: nonEmptyString, sequence: SEQUENCE, createdAt: TIMESTAMP, events: t.array(event as t.Type<unknown>), reason: REASON }),
    PARENT,
  ]);
  return guarded<EventBatch<unknown>>(`EventBatch<${event.name}>`, fields, { snapshot, finish });
}

const SEQUENCE = /* @__PURE__ */ integerFrom(0);
const PARENT = /* @__PURE__ */ t.partial({ parentId: nonEmptyString });
const REASON: t.Type<FlushReason> = /* @__PURE__ */ t.keyof({
  count: null,
  bytes: null,
  age: null,
  urgent: null,
  flush: null,
  complete: null,
});

/** Copies the list, so that freezing it doesn't affect the input. */
function snapshot({ id, sequence, createdAt, events, reason, parentId }: Readonly<Record<string, unknown>>): object {
  const copied: unknown = Array.isArray(events) ? Array.from(events) : events;
  const fields = { id, sequence, createdAt, events: copied, reason };
  return parentId === undefined ? fields : { ...fields, parentId };
}

function finish<E>(batch: EventBatch<E>): EventBatch<E> {
  Object.freeze(batch.events);
  return Object.freeze(batch);
}
