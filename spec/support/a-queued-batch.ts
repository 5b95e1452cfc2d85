import { batchOf } from '../../lib/event/batch-of.js';
import type { EventPriority } from '../../lib/event/event.js';
import type { QueuedBatch } from '../../lib/lane/queued-batch.js';

/** The fields of an event that a lane reads. */
export interface Parcel {
  readonly id: string;
  readonly priority: EventPriority;
}

const PRIORITIES: Readonly<Record<string, EventPriority>> = { l: 'low', n: 'normal', h: 'high', c: 'critical' };

/** Events by the first letters of their priorities. Ids are order and index: `'nl'` as order 2 is `2.0`, normal, and `2.1`, low. */
function parcels(order: number, letters: string): Parcel[] {
  return [...letters].map((letter, place) => ({ id: `${String(order)}.${String(place)}`, priority: PRIORITIES[letter] ?? 'normal' }));
}

export function aQueuedBatch(order: number, letters: string): QueuedBatch<Parcel> {
  const batch = batchOf({ id: `batch ${String(order)}`, sequence: order, createdAt: 0, events: parcels(order, letters), reason: 'count' });
  return { order, batch, attemptedId: undefined, attempts: 0 };
}

/** Removes a batch without events, as a lane does. */
export function settle(queued: QueuedBatch<unknown>): void {
  queued.batch = { ...queued.batch, events: [] };
}

/** Evicts from a queued batch as a lane does, and returns the evicted events. */
export function evictFrom(
  queued: QueuedBatch<Parcel>,
  isEvicted: (event: Parcel, index: number) => boolean = () => true,
): readonly Parcel[] {
  const { events } = queued.batch;
  queued.batch = { ...queued.batch, events: events.filter((event, index) => !isEvicted(event, index)) };
  return events.filter(isEvicted);
}

export const idsOf = (events: readonly Parcel[]): string => events.map(({ id }) => id).join(' ');
