import type { EventPriority } from './event.js';

/** All priorities, in ascending order. */
export const EVENT_PRIORITIES = ['low', 'normal', 'high', 'critical'] as const satisfies readonly EventPriority[];

/** The rank of a priority, 0 for `'low'`. An unknown value ranks as `'normal'`: an operator outside a collector may receive any value. */
export function priorityRank(priority: EventPriority | undefined): 0 | 1 | 2 | 3 {
  return priority === 'low' ? 0 : priority === 'high' ? 2 : priority === 'critical' ? 3 : 1;
}

export function isPriority(value: unknown): value is EventPriority {
  return typeof value === 'string' && (EVENT_PRIORITIES as readonly string[]).includes(value);
}
