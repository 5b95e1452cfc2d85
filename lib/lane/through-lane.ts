import type { OperatorFunction } from 'rxjs';
import type { EventBatch } from '../event/event.js';
import { operate } from '../internal/operate.js';
import type { Delivery } from './delivery.js';
import type { Lane } from './lane.js';

/**
 * A lane as an operator: it offers every batch to the lane, and emits the deliveries.
 *
 * When the source completes or fails, the result does the same once everything is settled. Unsubscribing stops the lane.
 */
export function throughLane<E>(lane: Lane<E>): OperatorFunction<EventBatch<E>, Delivery<E>> {
  return operate<EventBatch<E>, Delivery<E>>((destination) => {
    const onceSettled = (end: () => void): void => {
      destination.add(lane.whenSettled(undefined, end));
    };
    lane.onDelivery = (delivery) => {
      destination.next(delivery);
    };
    destination.add(() => {
      lane.keepAtEnd?.();
      lane.stop('unregistered');
    });
    lane.start?.();
    return {
      next: (batch) => {
        // Stopping the lane aborts attempts, and an abort listener may emit another batch.
        if (!destination.closed) lane.offer(batch);
      },
      error: (error) => {
        onceSettled(() => {
          destination.error(error);
        });
      },
      complete: () => {
        onceSettled(() => {
          destination.complete();
        });
      },
    };
  });
}
