import type { EventPriority } from '../event/event.js';
import { priorityRank } from '../event/priority.js';
import { Deque } from '../internal/deque.js';
import type { Consignment } from './consignment.js';
import type { OverflowPolicy } from './lane-options.js';

/** Carries out one eviction: what the consignment loses, and what it keeps. */
export type Evict<E> = (consignment: Consignment<E>, evicted: readonly E[], kept: readonly E[]) => void;

/**
 * Which events give way first: by priority and then by age, or by age alone.
 *
 * Each level lists the consignments that hold events of it, in order. Eviction starts at one end of the lowest level, so that it costs the
 * events that it takes rather than those that the lane holds. A settled consignment stays listed until it comes up or the list is swept.
 */
export class EvictionOrder<E> {
  readonly #levels: readonly Deque<Consignment<E>>[];
  readonly #newestFirst: boolean;

  constructor(policy: OverflowPolicy) {
    const levelCount = policy === 'drop_lowest_priority' ? 4 : 1;
    this.#levels = Array.from({ length: levelCount }, () => new Deque<Consignment<E>>());
    this.#newestFirst = policy === 'drop_newest';
  }

  /** Lists a consignment. `liveCount` is how many the lane holds: a list much longer than that is swept. */
  add(consignment: Consignment<E>, liveCount: number): void {
    let levels = 0;
    for (const event of consignment.batch.events) levels |= 1 << this.#levelOf(event);
    for (const [level, list] of this.#levels.entries()) {
      if ((levels & (1 << level)) === 0) continue;
      if (list.length > 2 * liveCount + 32) for (const each of list.drain()) if (!each.isSettled) list.push(each);
      insertInOrder(list, consignment);
    }
  }

  /** Evicts `count` events, or as many as there are outside of what is in flight. */
  evict(count: number, evict: Evict<E>): void {
    let missing = count;
    for (const [level, list] of this.#levels.entries()) {
      const stay: Consignment<E>[] = [];
      while (missing > 0) {
        const consignment = this.#newestFirst ? list.pop() : list.shift();
        if (consignment === undefined) break;
        if (consignment.isSettled) continue;
        if (consignment.isInFlight) {
          stay.push(consignment);
          continue;
        }
        const { evicted, kept } = this.#split(consignment.batch.events, level, missing);
        missing -= evicted.length;
        if (missing === 0) stay.push(consignment);
        if (evicted.length > 0) evict(consignment, evicted, kept);
      }
      for (const consignment of stay.reverse()) {
        if (this.#newestFirst) list.push(consignment);
        else list.unshift(consignment);
      }
    }
  }

  #split(events: readonly E[], level: number, most: number): { evicted: readonly E[]; kept: readonly E[] } {
    const evicted: E[] = [];
    const kept: E[] = [];
    for (const event of this.#newestFirst ? [...events].reverse() : events) {
      (evicted.length < most && this.#levelOf(event) === level ? evicted : kept).push(event);
    }
    return this.#newestFirst ? { evicted: evicted.reverse(), kept: kept.reverse() } : { evicted, kept };
  }

  #levelOf(event: E): number {
    return this.#levels.length === 1 ? 0 : priorityRank((event as { priority?: EventPriority }).priority ?? 'normal');
  }
}

/** Nearly always at the end; half of a batch that was too large goes back to the front, behind what is older. */
export function insertInOrder<E>(list: Deque<Consignment<E>>, consignment: Consignment<E>): void {
  const newest = list.at(list.length - 1);
  if (newest === undefined || newest.order < consignment.order) {
    list.push(consignment);
    return;
  }
  const older: Consignment<E>[] = [];
  for (let first = list.at(0); first !== undefined && first.order < consignment.order; first = list.at(0)) {
    older.push(first);
    list.shift();
  }
  list.unshift(consignment);
  for (const each of older.reverse()) list.unshift(each);
}
