import { mergeMap, share, takeUntil, tap, type MonoTypeOperatorFunction, type Observable, type Subject } from 'rxjs';
import type { EventBatch } from '../event/event.js';
import type { Lane } from '../lane/lane.js';
import type { Delivery } from '../lane/delivery.js';
import { batch, type BatchOptions } from '../operators/batch.js';
import { throughLane } from '../operators/deliver.js';

/** A lane, and when it stops taking batches. */
export interface Joining<E> {
  readonly lane: Lane<E>;
  readonly leaves$: Observable<unknown>;
}

export interface PipelineParts<E> {
  /** Every accepted event: admitted, sampled, enriched, redacted, and past the user's stages. */
  readonly events: Subject<E>;
  readonly batching: BatchOptions<E>;
  /** Holds events back until there is a sink. */
  readonly untilSink: MonoTypeOperatorFunction<E>;
  /** Books a batch before any lane sees it. */
  readonly onBatch: (batch: EventBatch<E>) => void;
  readonly sinks$: Observable<Joining<E>>;
}

/**
 * The architecture, as one pipe.
 *
 * ```
 * collect(event) ─► admit ─► sampleBy ─► enrich ─► redact ─► (user stages) ─► events ─┬─► events$ ─► live subscribers
 *                                                                                     └─► batches$
 *                          sinks$ ─► mergeMap(sink => batches$.pipe(throughLane(sink))) ─► deliveries$
 * ```
 *
 * What stands left of `events` is the collector's composed step; each part of it is a public operator's own. `batches$` and `deliveries$`
 * are hot: whoever subscribes to them watches, and drives nothing.
 */
export function pipeline<E>({ events, batching, untilSink, onBatch, sinks$ }: PipelineParts<E>): {
  readonly batches$: Observable<EventBatch<E>>;
  readonly deliveries$: Observable<Delivery<E>>;
} {
  const batches$ = events.pipe(untilSink, batch(batching), tap(onBatch), share());

  const deliveries$ = sinks$.pipe(
    mergeMap(({ lane, leaves$ }) => batches$.pipe(takeUntil(leaves$), throughLane(lane))),
    share(),
  );

  return { batches$, deliveries$ };
}
