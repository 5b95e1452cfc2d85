import { endWith, from, ignoreElements, isObservable, mergeMap, Subject, takeUntil, type Observable, type OperatorFunction } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import { anArray, checkArgument } from '../internal/check-option.js';
import { operate } from '../internal/operate.js';
import { Trampoline } from '../internal/trampoline.js';
import type { Delivery } from '../lane/delivery.js';
import { aSink } from '../sink/a-sink.js';
import type { EventSink } from '../sink/sink.js';
import { deliver, type DeliverOptions } from './deliver.js';

/**
 * Sends every batch to every sink, each through its own lane, and merges the deliveries.
 *
 * ```
 * batches  --A-----B-----|
 *          fanOut([one, two])
 * result   --(ab)--(cd)--|      a, c: by one; b, d: by two
 * ```
 *
 * A slow, failing or full sink doesn't affect the others. If `sinks` is an Observable, each sink receives the batches that are emitted after it. When
 * the source completes or errors, the result does the same once every lane has settled its batches.
 *
 * @throws TypeError for an invalid sink, and for an invalid or unknown option
 */
export function fanOut<E = AnalyticsEvent>(
  sinks: readonly EventSink<E>[] | Observable<EventSink<E>>,
  lane: DeliverOptions = {},
): OperatorFunction<EventBatch<E>, Delivery<E>> {
  deliver({ name: 'checks the options immediately', process: () => undefined }, lane);
  const given = isObservable(sinks) ? sinks : checkedSinks(sinks);
  return operate<EventBatch<E>, Delivery<E>>((destination) => {
    const batches = new Subject<EventBatch<E>>();
    const end = batches.pipe(ignoreElements(), endWith(undefined));
    // A batch that arrives while another one is being distributed waits, so that every sink receives them in the same order.
    const trampoline = new Trampoline((error) => {
      destination.error(error);
    });
    let endAsSource: (() => void) | undefined;
    let isSettled = false;
    const finish = (endLikeIt: () => void): void => {
      trampoline.defer(() => {
        endAsSource = endLikeIt;
        batches.complete();
        if (isSettled) endLikeIt();
      }, 0);
    };
    destination.add(
      from(given)
        .pipe(
          takeUntil(end),
          mergeMap((sink) => batches.pipe(deliver(sink, lane))),
        )
        .subscribe({
          next: (delivery) => {
            destination.next(delivery);
          },
          error: (error: unknown) => {
            destination.error(error);
          },
          complete: () => {
            isSettled = true;
            endAsSource?.();
          },
        }),
    );
    return {
      next: (batch) => {
        trampoline.defer(() => {
          batches.next(batch);
        }, 0);
      },
      error: (error) => {
        finish(() => {
          destination.error(error);
        });
      },
      complete: () => {
        finish(() => {
          destination.complete();
        });
      },
    };
  });
}

/** Returns a copy, so that later changes of the list have no effect. */
function checkedSinks<E>(sinks: readonly EventSink<E>[]): readonly EventSink<E>[] {
  checkArgument('sinks', sinks, anArray);
  sinks.forEach((sink, index) => {
    checkArgument(`sinks[${String(index)}]`, sink, aSink);
  });
  return [...sinks];
}
