import type { EventPriority } from '../event/event.js';
import { priorityRank } from '../event/priority.js';
import { Deque } from '../internal/deque.js';
import { insert, LaneQueue, type Evict } from './lane-queue.js';
import type { QueuedBatch } from './queued-batch.js';

/**
 * Evicts events of the lowest priority first, and among those the oldest.
 *
 * Each priority level lists the batches that hold events of it. Eviction starts at the front of the lowest level: its time depends on the number of
 * evicted events, not on the number of events in the lane.
 */
export class PriorityQueue<E> extends LaneQueue<E> {
  /** Created at the first eviction: reading the priority takes 10 ns per event. */
  #levels: readonly Deque<QueuedBatch<E>>[] = [];

  constructor() {
    super('drop_lowest_priority');
  }

  override enter(queued: QueuedBatch<E>, liveCount: number): void {
    super.enter(queued, liveCount);
    this.#enterLevels(queued, liveCount);
  }

  /** An eviction may have removed the batch from its levels while it had no events. */
  override readBack(queued: QueuedBatch<E>): void {
    this.#enterLevels(queued, Infinity);
  }

  override evict(count: number, active: Iterable<QueuedBatch<E>>, evict: Evict<E>): void {
    if (this.#levels.length === 0) {
      this.#levels = Array.from({ length: LEVELS }, () => new Deque());
      const live = [...active, ...this.waiting].sort((a, b) => a.order - b.order);
      for (const queued of live) for (const level of this.#levelsOf(queued)) level.push(queued);
    }
    let missing = count;
    for (const [rank, level] of this.#levels.entries()) {
      const kept: QueuedBatch<E>[] = [];
      while (missing > 0) {
        const queued = level.shift();
        if (queued === undefined) break;
        if (!queued.isInFlight) {
          missing -= evictRank(queued, rank, missing, evict);
          // The batch has no more events of this level.
          if (missing > 0) continue;
        }
        kept.push(queued);
      }
      for (const queued of kept.reverse()) level.unshift(queued);
    }
  }

  #enterLevels(queued: QueuedBatch<E>, liveCount: number): void {
    for (const level of this.#levelsOf(queued)) insert(level, queued, liveCount);
  }

  #levelsOf({ batch }: QueuedBatch<E>): Deque<QueuedBatch<E>>[] {
    if (this.#levels.length === 0) return [];
    let present = 0;
    for (const event of batch.events) present |= 1 << rankOf(event);
    return this.#levels.filter((_, rank) => (present & (1 << rank)) !== 0);
  }
}

/** Evicts up to `limit` events of one rank from a batch, the oldest first, and returns how many. */
function evictRank<E>(queued: QueuedBatch<E>, rank: number, limit: number, evict: Evict<E>): number {
  const { events } = queued.batch;
  const candidates: number[] = [];
  for (let index = 0; index < events.length; index += 1) if (rankOf(events[index]) === rank) candidates.push(index);
  const evicted = new Set(candidates.slice(0, limit));
  if (evicted.size === 0) return 0;
  // Most batches have one level, and are evicted completely.
  if (evicted.size === events.length) evict(queued);
  else evict(queued, (_event, index) => evicted.has(index));
  return evicted.size;
}

/** User stages may emit any value as an event. */
const rankOf = (event: unknown): number => priorityRank((event as { priority?: EventPriority } | null | undefined)?.priority);

const LEVELS = 4;
