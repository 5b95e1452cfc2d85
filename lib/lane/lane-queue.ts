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
  readonly #overflow: OverflowPolicy;
  readonly #waiting = new Deque<Consignment<E>>();
  /** Drawn up when something has to give way for the first time: looking at every event's priority costs 10 ns of each. */
  #evictionOrder: EvictionOrder<E> | undefined;

  constructor(overflow: OverflowPolicy) {
    this.#overflow = overflow;
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

  /** Evicts from everything that the lane holds; `live` lists it, oldest first. A lane that refuses at the door evicts nothing. */
  evict(count: number, live: () => readonly Consignment<E>[], evict: Evict<E>): void {
    if (this.#overflow === 'block') return;
    if (this.#evictionOrder === undefined) {
      this.#evictionOrder = new EvictionOrder<E>(this.#overflow);
      const all = live();
      // From the newest on, as one of equal order goes before the other.
      for (const consignment of [...all].reverse()) this.#evictionOrder.add(consignment, all.length);
    }
    this.#evictionOrder.evict(count, evict);
  }

  [Symbol.iterator](): Iterator<Consignment<E>> {
    return this.#waiting[Symbol.iterator]();
  }
}
