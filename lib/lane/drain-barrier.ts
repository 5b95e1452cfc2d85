/**
 * Calls back once every event that was in a lane at some instant is settled.
 *
 * It counts events by the order of their batch, and counts an event as settled once its delivery was emitted. The ledger is ahead of that: a
 * caller that started to wait in between would be called too early.
 */
export class DrainBarrier {
  /** Events of each batch that are not settled. */
  readonly #unsettled = new Map<number, number>();
  readonly #waiters = new Set<Waiter>();
  #lastOrder = 0;

  /** A batch of `count` events has entered the lane. Orders ascend, except those of recovered batches, which every present waiter waits for, too. */
  entered(order: number, count: number): void {
    this.#unsettled.set(order, count);
    if (order > this.#lastOrder) this.#lastOrder = order;
    else for (const waiter of this.#waiters) waiter.left += 1;
  }

  /** The delivery of `count` events of a batch was emitted. */
  settled(order: number, count: number): void {
    const left = (this.#unsettled.get(order) ?? 0) - count;
    if (left > 0) {
      this.#unsettled.set(order, left);
      return;
    }
    this.#unsettled.delete(order);
    for (const waiter of [...this.#waiters]) {
      if (order > waiter.upTo || order === waiter.exceptOrder) continue;
      waiter.left -= 1;
      this.#callIfDrained(waiter);
    }
  }

  /**
   * Calls `onDrained` when every batch that is in the lane now is settled, except the one with `exceptOrder`; immediately if there is no such batch.
   *
   * @returns a function that cancels the call
   */
  wait(exceptOrder: number, onDrained: () => void): () => void {
    const left = this.#unsettled.size - Number(this.#unsettled.has(exceptOrder));
    const waiter = { upTo: this.#lastOrder, exceptOrder, left, onDrained };
    this.#waiters.add(waiter);
    this.#callIfDrained(waiter);
    return () => {
      this.#waiters.delete(waiter);
    };
  }

  #callIfDrained(waiter: Waiter): void {
    if (waiter.left === 0 && this.#waiters.delete(waiter)) waiter.onDrained();
  }
}

interface Waiter {
  readonly upTo: number;
  readonly exceptOrder: number;
  left: number;
  readonly onDrained: () => void;
}
