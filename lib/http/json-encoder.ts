import type { EventBatch } from '../event/event.js';
import type { Encoder } from './encoder.js';

/**
 * The whole batch as one JSON object, `{ id, sequence, createdAt, events, reason }`, in one call of `JSON.stringify`.
 *
 * @example
 * const { events } = JSON.parse(String(jsonEncoder.encode(createBatch([createEvent({ type: 'cache_hit' })], 1))));
 * expect(events[0].type).to.equal('cache_hit');
 */
export const jsonEncoder: Encoder<unknown> = {
  contentType: 'application/json',
  encode: (batch: EventBatch<unknown>) => {
    // In an array, what has no JSON form turns into a silent `null`.
    for (const event of batch.events) if (mayHaveNone(event)) jsonOf(event);
    return JSON.stringify(batch);
  },
};

/** @throws TypeError for what has no JSON form, and what `JSON.stringify` throws */
export function jsonOf(event: unknown): string {
  const json = JSON.stringify(event) as string | undefined;
  if (json === undefined) throw new TypeError('Expected an event that has a JSON form');
  return json;
}

function mayHaveNone(event: unknown): boolean {
  return typeof event !== 'object' || (event !== null && typeof (event as { toJSON?: unknown }).toJSON === 'function');
}
