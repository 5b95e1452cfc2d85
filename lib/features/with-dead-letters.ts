import { defer, filter, map, type Observable } from 'rxjs';
import { MAX_CHAIN } from '../collector/admission.js';
import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import { batchOf } from '../event/batch-of.js';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { isObject } from '../internal/check-option.js';
import { tryGet } from '../internal/try-get.js';
import type { DeadLetter, Delivery } from '../lane/delivery.js';

/** The members that `withDeadLetters` adds. */
export interface WithDeadLetters<E extends AnalyticsEvent = AnalyticsEvent> {
  /** Final failures. `redeliver` accepts them. */
  readonly deadLetters$: Observable<DeadLetter<E>>;
  /**
   * Offers a dead letter's events to its sink again. Returns false if it has no events, the sink is unknown, leaving or full, consent is denied,
   * or the collector is closed.
   */
  redeliver(deadLetter: DeadLetter<E>): boolean;
}

/** Adds `deadLetters$` and `redeliver`. */
export function withDeadLetters<E extends AnalyticsEvent = AnalyticsEvent>(): CollectorFeature<WithDeadLetters<E>, E> {
  return kernelFeature((kernel) => {
    const { admission, recorder, sinks, trampoline } = kernel;
    let deliveries$: Observable<Delivery<E>>;
    kernel.onStart((collector) => {
      ({ deliveries$ } = collector);
    });
    return {
      deadLetters$: defer(() => deliveries$).pipe(
        filter((delivery) => delivery.status === 'failed'),
        map(({ sink, batch, error, attempts }) => ({ sink, batch, error, attempts })),
      ),

      redeliver(deadLetter) {
        const batch = readBatch(deadLetter);
        const registered = batch && sinks.get(deadLetter.sink);
        if (batch === undefined || registered === undefined || registered.isLeaving) return false;
        if (admission.isClosed || admission.consent?.isDenied || trampoline.depth >= MAX_CHAIN) return false;
        const { lane } = registered;
        const { length } = batch.events;
        if (lane.options.overflow === 'block' && lane.load + recorder.ledger.buffered + length > lane.maxEvents) return false;
        lane.reserve(length);
        trampoline.defer(() => {
          lane.offer(batch, true);
        }, trampoline.depth + 1);
        return true;
      },
    };
  });
}

/** A dead letter may come from anywhere: its batch, with a copy of the list; `undefined` if it contains anything but events. */
function readBatch<E>(deadLetter: DeadLetter<E>): EventBatch<E> | undefined {
  return tryGet(() => {
    const { batch } = deadLetter;
    const events: readonly E[] = Array.isArray(batch.events) ? [...(batch.events as readonly E[])] : [];
    return events.length > 0 && events.every((event) => isObject(event)) ? batchOf({ ...batch, events }) : undefined;
  });
}
