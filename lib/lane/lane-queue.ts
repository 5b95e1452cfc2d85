import { Deque } from '../internal/deque.js';
import type { Consignment } from './consignment.js';
import { EvictionOrder, insertInOrder, type Evict } from './eviction-order.js';
import type { OverflowPolicy } from './lane-options.js';

/**
 * The consignments that wait for a place, in order, and which of all events give way first when there are too many.
 *
 * A consignment that loses its last event leaves the lane from the middle: it stays in the lists until it comes up, or they are swept.
 */
export class LaneQueue<E> {
  readonly #waiting = new Deque<Consignment<E>>();
  /** None for a lane that refuses at the door. */
  readonly #evictionOrder: EvictionOrder<E> | undefined;

  constructor(overflow: OverflowPolicy) {
    this.#evictionOrder = overflow === 'block' ? undefined : new EvictionOrder<E>(overflow);
  }

  /** A consignment enters the lane. `liveCount` is how many the lane holds with it. */
  enter(consignment: Consignment<E>, liveCount: number): void {
    if (this.#waiting.length > 2 * liveCount + 32) for (const each of this.#waiting.drain()) if (!each.isSettled) this.#waiting.push(each);
    insertInOrder(this.#waiting, consignment);
    this.#evictionOrder?.add(consignment, liveCount);
  }

  /** One that had a place already goes back. */
  giveBack(consignment: Consignment<E>): void {
    insertInOrder(this.#waiting, consignment);
  }

  next(): Consignment<E> | undefined {
    let next = this.#waiting.shift();
    while (next?.isSettled === true) next = this.#waiting.shift();
    return next;
  }

  evict(count: number, evict: Evict<E>): void {
    this.#evictionOrder?.evict(count, evict);
  }

  [Symbol.iterator](): Iterator<Consignment<E>> {
    return this.#waiting[Symbol.iterator]();
  }
}
