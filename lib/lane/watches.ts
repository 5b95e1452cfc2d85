import { Observable, type Subscriber } from 'rxjs';

/** Those who wait until what a lane held at some instant is settled. */
export class Watches {
  readonly #watches = new Set<Watch>();

  /** Completes when `pending` events are settled that belong to consignments up to the order `upTo`, but not to `exceptOrder`. */
  watch(upTo: number, exceptOrder: number, pending: number): Observable<never> {
    return new Observable<never>((subscriber) => {
      if (pending === 0) {
        subscriber.complete();
        return;
      }
      const watch: Watch = { upTo, exceptOrder, remaining: pending, subscriber };
      this.#watches.add(watch);
      subscriber.add(() => this.#watches.delete(watch));
    });
  }

  /** So many events of a consignment are settled. */
  settled(order: number, count: number): void {
    for (const watch of this.#watches) {
      if (order > watch.upTo || order === watch.exceptOrder) continue;
      watch.remaining -= count;
      if (watch.remaining === 0) watch.subscriber.complete();
    }
  }
}

interface Watch {
  readonly upTo: number;
  readonly exceptOrder: number;
  /** Events still to be settled. */
  remaining: number;
  readonly subscriber: Subscriber<never>;
}
