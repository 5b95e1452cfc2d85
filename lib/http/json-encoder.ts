import { eventsJson } from '../event/event-json.js';
import type { EventBatch } from '../event/event.js';
import { toJson } from '../internal/json-value.js';
import type { Encoder } from './encoder.js';

/**
 * Encodes a batch as one JSON object: `{ id, sequence, createdAt, events, reason }`.
 *
 * Values that JSON lacks, such as errors and maps, are written as listed in docs/values.md.
 *
 * @example
 * const { events } = JSON.parse(String(jsonEncoder.encode(createBatch([createEvent({ type: 'cache_hit' })], 1))));
 * expect(events[0].type).to.equal('cache_hit');
 */
export const jsonEncoder: Encoder<unknown> = {
  contentType: 'application/json',
  encode: (batch: EventBatch<unknown>) => {
    const fields = Object.entries(batch)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]: [string, unknown]) => `"${key}":${key === 'events' ? eventsJson(batch.events) : toJson(value)}`);
    return `{${fields.join()}}`;
  },
};
