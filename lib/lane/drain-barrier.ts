import { defer, filter, ignoreElements, Subject, take, type Observable } from 'rxjs';

/** Those who wait until what a lane held at some instant is settled. */
export interface DrainBarrier {
  /** A batch of so many events has entered the lane. Orders ascend. */
  readonly entered: (order: number, count: number) => void;
  /** It has been told how so many events of a batch ended. */
  readonly settled: (order: number, count: number) => void;
  /** Completes when everything that is in the lane at the subscription is settled, but for the batch of the order `exceptOrder`. */
  readonly watch: (exceptOrder: number) => Observable<never>;
}

/**
 * It counts for itself, by the order of batches, and counts an event as settled when its delivery has been told: the books are ahead of that, and
 * whoever begins to wait in between would be misled by them.
 */
export function createDrainBarrier(): DrainBarrier {
  /** Events of each batch that are not settled. */
  const unsettled = new Map<number, number>();
  const settledOrders = new Subject<number>();
  let lastOrder = 0;
  return {
    entered(order, count) {
      unsettled.set(order, count);
      lastOrder = order;
    },
    settled(order, count) {
      const left = (unsettled.get(order) ?? 0) - count;
      unsettled.set(order, left);
      if (left > 0) return;
      unsettled.delete(order);
      settledOrders.next(order);
    },
    watch: (exceptOrder) =>
      defer(() => {
        const upTo = lastOrder;
        return settledOrders.pipe(
          filter((order) => order <= upTo && order !== exceptOrder),
          take(unsettled.size - Number(unsettled.has(exceptOrder))),
          ignoreElements(),
        );
      }),
  };
}
