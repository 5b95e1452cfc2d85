import { Observable, type Subscriber } from 'rxjs';

/**
 * Those who wait until what a lane held at some instant is settled.
 *
 * It counts for itself, by the order of batches, and counts an event as settled when its delivery has been told: the books are ahead of that, and
 * whoever begins to wait in between would be misled by them.
 */
export class Watches {
  readonly #unsettled = new Map<number, number>();
  readonly #watches = new Set<Watch>();
  #lastOrder = 0;

  /** A batch of so many events has entered the lane. Orders ascend. */
  entered(order: number, count: number): void {
    this.#unsettled.set(order, count);
    this.#lastOrder = order;
  }

  /** It has been told how so many events of a batch ended. */
  settled(order: number, count: number): void {
    const left = (this.#unsettled.get(order) ?? 0) - count;
    if (left > 0) this.#unsettled.set(order, left);
    else this.#unsettled.delete(order);
    for (const watch of this.#watches) {
      if (order > watch.upTo || order === watch.exceptOrder) continue;
      watch.remaining -= count;
      if (watch.remaining === 0) watch.subscriber.complete();
    }
  }

  /** Completes when everything that is in the lane at the subscription is settled, but for the batch of the order `exceptOrder`. */
  watch(exceptOrder: number): Observable<never> {
    return new Observable<never>((subscriber) => {
      let remaining = 0;
      for (const [order, count] of this.#unsettled) if (order !== exceptOrder) remaining += count;
      if (remaining === 0) {
        subscriber.complete();
        return;
      }
      const watch: Watch = { upTo: this.#lastOrder, exceptOrder, remaining, subscriber };
      this.#watches.add(watch);
      subscriber.add(() => this.#watches.delete(watch));
    });
  }
}

interface Watch {
  readonly upTo: number;
  readonly exceptOrder: number;
  /** Events still to be settled. */
  remaining: number;
  readonly subscriber: Subscriber<never>;
}
