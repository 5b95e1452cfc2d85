import { identity, mergeMap, share, takeUntil, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import type { EventBatch } from '../event/event.js';
import type { Delivery } from '../lane/delivery.js';
import { operate } from '../internal/operate.js';
import type { Lane } from '../lane/lane.js';
import { throughLane } from '../lane/through-lane.js';
import { cutBatches, type BatchCutting } from '../operators/batch.js';

/**
 * The path of an event, step by step. Each step except `capture`, `batch` and `deliver` belongs to a feature, and is skipped without it.
 *
 * | step | where | what |
 * |---|---|---|
 * | `capture` | event-processor.ts | the input as an event of fixed shape, with id, time, session and metadata |
 * | `validate` | event-processor.ts | `withValidation` |
 * | `admit` | operators/admit.ts | `withPolicy`: enabled, privacy level, category, priority |
 * | `consent` | consent/consent-gate.ts | `withConsent`: holds, passes or filters |
 * | `sample` | operators/sample-by.ts | `withPolicy`, `withSampling` |
 * | `enrich` | operators/enrich.ts | `withEnrichers` |
 * | `redact` | operators/redact.ts | `withRedaction` |
 * | `measure` | features/with-byte-limit.ts | `withByteLimit`: events too large for any batch |
 * | `stages` | features/with-stages.ts | `withStages`: the user's own operators |
 * | `hold` | features/with-runtime-sinks.ts | `withRuntimeSinks`: until there is a sink |
 * | `batch` | operators/batch.ts | by count, bytes, age, urgency, or on demand |
 * | `deliver` | lane/lane.ts | for each sink: queue, attempts, retries, settlement |
 */
export const PATH = [
  'capture',
  'validate',
  'admit',
  'consent',
  'sample',
  'enrich',
  'redact',
  'measure',
  'stages',
  'hold',
  'batch',
  'deliver',
] as const;

/** A sink's lane, and an Observable that emits when the lane stops accepting batches. */
export interface Joining<E> {
  readonly lane: Lane<E>;
  readonly leaves$: Observable<unknown>;
}

export interface PipelineParts<E> {
  /** Every accepted event, after capture, policy, consent, sampling, enrichment, redaction and the user's stages. */
  readonly events$: Observable<E>;
  /** Set by `withRuntimeSinks`: holds events until there is a sink. */
  readonly hold: MonoTypeOperatorFunction<E> | undefined;
  readonly batching: BatchCutting<E>;
  /** Called with a batch before any lane receives it. */
  readonly onBatch: (batch: EventBatch<E>) => void;
  /** Called after every lane has received the batch. */
  readonly afterBatch: (batch: EventBatch<E>) => void;
  readonly sinks$: Observable<Joining<E>>;
}

/**
 * The architecture as one pipe.
 *
 * ```
 * collect ► capture ► admit ► consent ► sample ► enrich ► redact ► (stages) ► events$ ─┬─► live subscribers
 *                                                                                      └─► hold until a sink ► batch ► batches$
 *                              sinks$ ► mergeMap(sink => batches$ through its lane) ► deliveries$
 * ```
 *
 * `admission.ts` runs the part before `events$`: the steps of `event-processor.ts`, consent between them, then capacity and stages. Admit, sample,
 * enrich and redact are the public operators' own steps. All three streams are hot: subscribers only observe.
 */
export function pipeline<E>({ events$, hold = identity, batching, onBatch, afterBatch, sinks$ }: PipelineParts<E>): {
  readonly batches$: Observable<EventBatch<E>>;
  readonly deliveries$: Observable<Delivery<E>>;
} {
  const batches$ = events$.pipe(hold, cutBatches(batching), around(onBatch, afterBatch), share());

  const deliveries$ = sinks$.pipe(
    mergeMap(({ lane, leaves$ }) => batches$.pipe(takeUntil(leaves$), throughLane(lane))),
    share(),
  );

  return { batches$, deliveries$ };
}

/** Calls `before` and `after` around the emission of each value. */
const around = <T>(before: (value: T) => void, after: (value: T) => void): MonoTypeOperatorFunction<T> =>
  operate((destination) => ({
    next: (value) => {
      before(value);
      destination.next(value);
      after(value);
    },
  }));
