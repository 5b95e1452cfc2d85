import type { EventPriority } from './event.js';

/** Every priority there is, in ascending order. */
export const EVENT_PRIORITIES = ['low', 'normal', 'high', 'critical'] as const satisfies readonly EventPriority[];

/** A priority's place in the order, 0 for `'low'`. What is no priority ranks as `'normal'`: a user's stage may have written anything there. */
export function priorityRank(priority: EventPriority | undefined): 0 | 1 | 2 | 3 {
  return priority === 'low' ? 0 : priority === 'high' ? 2 : priority === 'critical' ? 3 : 1;
}

export function isPriority(value: unknown): value is EventPriority {
  return typeof value === 'string' && (EVENT_PRIORITIES as readonly string[]).includes(value);
}
