import { batchOf } from '../../lib/event/batch-of.js';
import type { EventPriority } from '../../lib/event/event.js';
import { Consignment } from '../../lib/lane/consignment.js';

/** As much of an event as a lane looks at. */
export interface Parcel {
  readonly id: string;
  readonly priority: EventPriority;
}

const PRIORITIES: Readonly<Record<string, EventPriority>> = { l: 'low', n: 'normal', h: 'high', c: 'critical' };

/** Events by the first letters of their priorities, each with an id of its order and place: `'nl'` as order 2 is `2.0`, normal, and `2.1`, low. */
export function parcels(order: number, letters: string): Parcel[] {
  return [...letters].map((letter, place) => ({ id: `${String(order)}.${String(place)}`, priority: PRIORITIES[letter] ?? 'normal' }));
}

export function aConsignment(order: number, letters: string): Consignment<Parcel> {
  return new Consignment(
    batchOf({ id: `batch ${String(order)}`, sequence: order, createdAt: 0, events: parcels(order, letters), reason: 'count' }),
    order,
  );
}

export const idsOf = (events: readonly Parcel[]): string => events.map(({ id }) => id).join(' ');
