import { defer, EMPTY, filter, map, merge, type Observable } from 'rxjs';
import { MAX_CHAIN } from '../collector/admission.js';
import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature, type Kernel } from '../collector/kernel.js';
import { batchOf } from '../event/batch-of.js';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { isObject } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';
import type { DeadLetter, Delivery } from '../lane/delivery.js';
import { aLaneStore } from '../lane/lane-options.js';
import type { LaneStore } from '../lane/lane-spool.js';
import { createDeadLetters } from '../lane/lane-store.js';
import type { StoredDeadLetters } from '../lane/stored-dead-letters.js';

/** The members that `withDeadLetters` adds. */
export interface WithDeadLetters<E extends AnalyticsEvent = AnalyticsEvent> {
  /** Final failures; with a store, first those that earlier runs left in it. `redeliver` and `discard` accept them. */
  readonly deadLetters$: Observable<DeadLetter<E>>;
  /**
   * Offers a dead letter's events to its sink again. Returns false if it has no events, the sink is unknown, leaving or full, consent is denied,
   * or the collector is closed.
   */
  redeliver(deadLetter: DeadLetter<E>): boolean;
  /**
   * Removes a dead letter from its store, so that it is not recovered later. Returns false if it is not stored, or the store is closed. The ledger
   * counts it as `failed`.
   */
  discard(deadLetter: DeadLetter<E>): boolean;
}

export interface DeadLetterOptions {
  /**
   * Keeps dead letters until they are redelivered or discarded, even beyond the end of the process. The next run emits them on `deadLetters$` again,
   * once. The store's limits apply. It may be the store that lanes use. @default none: dead letters are only emitted
   */
  readonly spool?: LaneStore | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<DeadLetterOptions, 'spool'>(() => ({ spool: [aLaneStore] }));

/**
 * Adds `deadLetters$`, `redeliver` and `discard`.
 *
 * With `spool`, a final failure is written to the store. It is removed from it by `discard`, and when `redeliver` has added it to its lane; from then
 * on only a durable lane keeps it. The counts `failed` and `offered` of the ledger are the same as without a store. Denied consent empties the store.
 *
 * @throws TypeError for an invalid or unknown option
 */
export function withDeadLetters<E extends AnalyticsEvent = AnalyticsEvent>(
  options?: DeadLetterOptions,
): CollectorFeature<WithDeadLetters<E>, E> {
  const { spool } = OPTIONS.parse(options);
  return kernelFeature((kernel) => {
    const { admission, recorder, sinks, trampoline } = kernel;
    let deliveries$: Observable<Delivery<E>>;
    const failures$ = defer(() => deliveries$).pipe(
      filter((delivery) => delivery.status === 'failed'),
      map(({ sink, batch, error, attempts }) => ({ sink, batch, error, attempts })),
    );
    const stored = spool && storedLetters(kernel, spool);
    kernel.onAssemble((streams) => {
      ({ deliveries$ } = streams);
      if (stored !== undefined) failures$.subscribe((letter) => stored.put(letter));
    });
    return {
      deadLetters$: merge(stored?.earlier$ ?? EMPTY, failures$),

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
          const id = stored?.idOf(deadLetter);
          // Consent may have been denied by the callback that redelivered it.
          lane.offer(batch, batch.id, admission.consent?.isDenied ? 'consent' : undefined);
          stored?.remove(deadLetter, id);
        }, trampoline.depth + 1);
        return true;
      },

      discard(deadLetter) {
        return tryGet(() => stored?.discard(deadLetter)) ?? false;
      },
    };
  });
}

function storedLetters<E extends AnalyticsEvent>(kernel: Kernel<E>, spool: LaneStore): StoredDeadLetters<E> {
  const { admission, recorder, scheduler, newId, trampoline } = kernel;
  const stored = createDeadLetters<E>(spool, {
    newId,
    scheduler,
    enter: (work) => {
      trampoline.enter(work);
    },
    isDenied: () => admission.consent?.isDenied === true,
    onError: (error) => recorder.diagnostics?.storeError('dead letters', error),
  });
  kernel.purgeDeadLetters = () => {
    stored.purge();
  };
  kernel.closeDeadLetters = (onClosed) => {
    stored.close(onClosed);
  };
  kernel.onStart(() => {
    stored.start();
  });
  kernel.onComplete(() => {
    stored.complete();
  });
  return stored;
}

/** The batch of a dead letter, with a copy of its list; `undefined` if it contains anything but events. Callers may pass any value. */
function readBatch<E>(deadLetter: DeadLetter<E>): EventBatch<E> | undefined {
  return tryGet(() => {
    const { batch } = deadLetter;
    const events: readonly E[] = Array.isArray(batch.events) ? [...(batch.events as readonly E[])] : [];
    return events.length > 0 && events.every((event) => isObject(event)) ? batchOf({ ...batch, events }) : undefined;
  });
}
