import type { EventPriority } from '../event/event.js';
import { priorityRank } from '../event/priority.js';
import { Deque } from '../internal/deque.js';
import { isSettled, type QueuedBatch } from './queued-batch.js';
import type { OverflowPolicy } from './lane-options.js';

/** Carries out one eviction: `isEvicted` tells what the queued loses from what it keeps; without it, it loses all. */
export type Evict<E> = (queued: QueuedBatch<E>, isEvicted?: (event: E, index: number) => boolean) => void;

/** The queuedBatches that wait for a place, in order, and which of all events give way first when there are too many. */
export interface LaneQueue<E> {
  /** A queued enters the lane, as one of `liveCount`; a half of another that was too large goes before what is younger. */
  readonly enter: (queued: QueuedBatch<E>, liveCount: number) => void;
  /** Takes the oldest out. */
  readonly next: () => QueuedBatch<E> | undefined;
  /** Those that wait, oldest first, and some that are settled. */
  readonly waiting: Iterable<QueuedBatch<E>>;
  /**
   * Evicts `count` events, or as many as there are outside of what is in flight, by priority and then by age, or by age alone.
   * `live` lists all that the lane holds. A lane that refuses at the door evicts nothing.
   */
  readonly evict: (count: number, live: () => readonly QueuedBatch<E>[], evict: Evict<E>) => void;
}

/**
 * Whoever leaves the lane from the middle stays listed until he comes up or the list is swept.
 *
 * Each level of priority lists the queuedBatches that hold events of it. Eviction starts at one end of the lowest level, so that it costs the
 * events that it takes rather than those that the lane holds.
 */
export function createLaneQueue<E>(overflow: OverflowPolicy): LaneQueue<E> {
  const newestFirst = overflow === 'drop_newest';
  const byPriority = overflow === 'drop_lowest_priority';
  const waiting = new Deque<QueuedBatch<E>>();
  /** Drawn up when something has to give way for the first time: looking at every event's priority costs 10 ns of each. */
  const levels: Deque<QueuedBatch<E>>[] = [];

  const levelOf = (event: E): number =>
    byPriority ? priorityRank((event as { priority: EventPriority } | null | undefined)?.priority) : 0;

  const levelsOf = ({ batch }: QueuedBatch<E>): Deque<QueuedBatch<E>>[] => {
    if (levels.length === 0) return [];
    let present = 0;
    for (const event of batch.events) present |= 1 << levelOf(event);
    return levels.filter((_, level) => (present & (1 << level)) !== 0);
  };

  return {
    waiting,
    enter(queued, liveCount) {
      for (const list of [waiting, ...levelsOf(queued)]) insert(list, queued, liveCount);
    },
    next() {
      let next = waiting.shift();
      while (next !== undefined && isSettled(next)) next = waiting.shift();
      return next;
    },
    evict(count, live, evict) {
      if (count <= 0 || overflow === 'block') return;
      if (levels.length === 0) {
        for (let level = byPriority ? 4 : 1; level > 0; level -= 1) levels.push(new Deque());
        for (const queued of live()) for (const list of levelsOf(queued)) list.push(queued);
      }
      let missing = count;
      for (const [level, list] of levels.entries()) {
        const stay: QueuedBatch<E>[] = [];
        while (missing > 0) {
          const queued = newestFirst ? list.pop() : list.shift();
          if (queued === undefined) break;
          if (!queued.isInFlight) {
            const { events } = queued.batch;
            const candidates: number[] = [];
            for (let index = 0; index < events.length; index += 1) if (levelOf(events[index] as E) === level) candidates.push(index);
            if (events.length > 0 && candidates.length === events.length && events.length <= missing) {
              // Most that gives way is of one level and goes whole: then nobody need ask of each event.
              missing -= events.length;
              evict(queued);
              continue;
            }
            const evicted = new Set(newestFirst ? candidates.slice(-missing) : candidates.slice(0, missing));
            missing -= evicted.size;
            if (evicted.size > 0) evict(queued, (_event, index) => evicted.has(index));
            // Nothing more of this level is in it.
            if (missing > 0) continue;
          }
          stay.push(queued);
        }
        for (const queued of stay.reverse()) {
          if (newestFirst) list.push(queued);
          else list.unshift(queued);
        }
      }
    },
  };
}

/** Nearly always at the end; before those of the same place in the order. Sweeps a list that is much longer than what lives. */
function insert<E>(list: Deque<QueuedBatch<E>>, queued: QueuedBatch<E>, liveCount: number): void {
  if (list.length > 2 * liveCount + 32) for (const each of list.drain()) if (!isSettled(each)) list.push(each);
  const younger: QueuedBatch<E>[] = [];
  for (let last = list.at(list.length - 1); last !== undefined && last.order >= queued.order; last = list.at(list.length - 1)) {
    younger.push(last);
    list.pop();
  }
  list.push(queued);
  for (const each of younger.reverse()) list.push(each);
}
