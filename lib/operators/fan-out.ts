import { catchError, concat, connect, EMPTY, endWith, from, ignoreElements, mergeMap, Observable, takeUntil, type OperatorFunction } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';
import type { Delivery } from '../lane/delivery.js';
import type { EventSink } from '../sink/sink.js';
import { deliver, type DeliverOptions } from './deliver.js';

/**
 * Sends every batch to every sink, each through a lane of its own, and merges the deliveries.
 *
 * ```
 * batches  --A-----B-----|
 *          fanOut([one, two])
 * result   --(ab)--(cd)--|      a, c: by one; b, d: by two
 * ```
 *
 * One sink's slowness, failure or overflow never touches another's. Sinks that come as an Observable join when they are emitted, and get the
 * batches from then on. When the source ends, each lane first settles what it holds; then the result ends as the source did.
 *
 * @throws TypeError for a lane option outside its range
 */
export function fanOut<E = AnalyticsEvent>(
  sinks: readonly EventSink<E>[] | Observable<EventSink<E>>,
  lane: DeliverOptions = {},
): OperatorFunction<EventBatch<E>, Delivery<E>> {
  deliver({ name: 'checks the options at the call', process: () => undefined }, lane);
  const sinks$ = from(sinks);
  return connect((batches$) => {
    // An error must not tear down a lane that still has work: the lanes see an end, and the error comes when they are done.
    const untilEnd$ = batches$.pipe(catchError(() => EMPTY));
    const ended$ = untilEnd$.pipe(ignoreElements(), endWith(undefined));
    return concat(
      sinks$.pipe(
        takeUntil(ended$),
        mergeMap((sink) => untilEnd$.pipe(deliver(sink, lane))),
      ),
      batches$.pipe(ignoreElements()),
    );
  });
}
