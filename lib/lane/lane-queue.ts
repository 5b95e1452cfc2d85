import { Deque } from '../internal/deque.js';
import type { OverflowPolicy } from './lane-options.js';
import { isSettled, type QueuedBatch } from './queued-batch.js';

/** Drops the events of a batch for which `isEvicted` returns true; all of them without it. */
export type Evict<E> = (queued: QueuedBatch<E>, isEvicted?: (event: E, index: number) => boolean) => void;

/**
 * The batches that wait for a slot, in order. The queue also evicts events of a full lane: the oldest or the newest, never those in flight.
 *
 * A settled batch in the middle stays in the list until it reaches an end of the list, or until the list is swept.
 */
export class LaneQueue<E> {
  readonly #waiting = new Deque<QueuedBatch<E>>();
  protected readonly newestFirst: boolean;

  constructor(overflow: OverflowPolicy) {
    this.newestFirst = overflow === 'drop_newest';
  }

  /** The waiting batches, oldest first; may include settled ones. */
  get waiting(): Iterable<QueuedBatch<E>> {
    return this.#waiting;
  }

  /** The waiting batches, newest first; may include settled ones. */
  *newest(): Generator<QueuedBatch<E>> {
    for (let index = this.#waiting.length - 1; index >= 0; index -= 1) {
      const queued = this.#waiting.at(index);
      if (queued !== undefined) yield queued;
    }
  }

  /** Adds a batch; half of a batch that was too large is added before younger ones. `liveCount` is the number of unsettled batches in the lane. */
  enter(queued: QueuedBatch<E>, liveCount: number): void {
    insert(this.#waiting, queued, liveCount);
  }

  /** Called when an active batch that was only in the store has its events again. */
  readBack?(queued: QueuedBatch<E>): void;

  /** Removes and returns the oldest waiting batch. */
  next(): QueuedBatch<E> | undefined {
    let next = this.#waiting.shift();
    while (next !== undefined && isSettled(next)) next = this.#waiting.shift();
    return next;
  }

  /** Evicts `count` events, or fewer if the others are in flight. `active` are the batches that occupy a slot. */
  evict(count: number, active: Iterable<QueuedBatch<E>>, evict: Evict<E>): void {
    const { newestFirst } = this;
    const waiting = this.#waiting;
    const slots = [...active].filter(canBeEvicted).sort((a, b) => a.order - b.order);
    let missing = count;
    /** Number of batches at the end of the list that are not in memory. */
    let skipped = 0;
    while (missing > 0) {
      const next = waiting.at(newestFirst ? waiting.length - 1 - skipped : skipped);
      if (next?.stored !== undefined || (skipped > 0 && next !== undefined && isSettled(next))) {
        skipped += 1;
        continue;
      }
      if (next !== undefined && isSettled(next)) {
        if (newestFirst) waiting.pop();
        else waiting.shift();
        continue;
      }
      // Active batches are the oldest, unless half of one has returned to the queue.
      const slot = slots.at(newestFirst ? -1 : 0);
      const isSlotFirst = slot !== undefined && (next === undefined || (newestFirst ? slot.order > next.order : slot.order <= next.order));
      const queued = isSlotFirst ? (newestFirst ? slots.pop() : slots.shift()) : next;
      if (queued === undefined) return;
      const { length } = queued.batch.events;
      const start = newestFirst ? Math.max(0, length - missing) : 0;
      const end = Math.min(length, start + missing);
      missing -= end - start;
      if (end - start === length) evict(queued);
      else evict(queued, (_event, index) => index >= start && index < end);
    }
  }
}

const canBeEvicted = (queued: QueuedBatch<unknown>): boolean =>
  queued.isInFlight !== true && queued.stored === undefined && !isSettled(queued);

/** Inserts by order, nearly always at the end; before batches of the same order. Sweeps settled batches from a list that is much longer than `liveCount`. */
export function insert<E>(list: Deque<QueuedBatch<E>>, queued: QueuedBatch<E>, liveCount: number): void {
  if (list.length > 2 * liveCount + 32) for (const each of list.drain()) if (!isSettled(each)) list.push(each);
  const younger: QueuedBatch<E>[] = [];
  for (let last = list.at(list.length - 1); last !== undefined && last.order >= queued.order; last = list.at(list.length - 1)) {
    younger.push(last);
    list.pop();
  }
  list.push(queued);
  for (const each of younger.reverse()) list.push(each);
}
