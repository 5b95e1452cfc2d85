/**
 * Calls back once every event that was in a lane when `wait` was called is settled.
 *
 * It counts the events of each part: a batch, or a half of one. An event counts as settled once its delivery was emitted. The ledger is updated
 * earlier: if it decided, a caller that started to wait in between would be called too early.
 */
export class DrainBarrier {
  /** Events of each part that are not settled. */
  readonly #unsettled = new Map<object, number>();
  readonly #waiters = new Set<Waiter>();

  /** Records that a part of `count` events has entered the lane. */
  entered(part: object, count: number): void {
    this.#unsettled.set(part, count);
  }

  /** Like `entered`, for a recovered batch: current waiters wait for it, too. */
  recovered(part: object, count: number): void {
    this.entered(part, count);
    for (const { left } of this.#waiters) left.add(part);
  }

  /** Records that `count` events of a part continue as another part. */
  divided(part: object, into: object, count: number): void {
    this.entered(into, count);
    for (const { left } of this.#waiters) if (left.has(part)) left.add(into);
    this.settled(part, count);
  }

  /** Records that the delivery of `count` events of a part was emitted. */
  settled(part: object, count: number): void {
    const rest = (this.#unsettled.get(part) ?? 0) - count;
    if (rest > 0) {
      this.#unsettled.set(part, rest);
      return;
    }
    this.#unsettled.delete(part);
    for (const waiter of [...this.#waiters]) if (waiter.left.delete(part)) this.#callIfDrained(waiter);
  }

  /**
   * Calls `onDrained` when every part that is in the lane now, except `except`, is settled; immediately if the lane contains no other part.
   *
   * @returns a function that cancels the call
   */
  wait(except: object | undefined, onDrained: () => void): () => void {
    const left = new Set(this.#unsettled.keys());
    if (except !== undefined) left.delete(except);
    const waiter = { left, onDrained };
    this.#waiters.add(waiter);
    this.#callIfDrained(waiter);
    return () => {
      this.#waiters.delete(waiter);
    };
  }

  #callIfDrained(waiter: Waiter): void {
    if (waiter.left.size === 0 && this.#waiters.delete(waiter)) waiter.onDrained();
  }
}

interface Waiter {
  readonly left: Set<object>;
  readonly onDrained: () => void;
}
