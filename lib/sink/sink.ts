import type { ObservableInput } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';

/** The current attempt, as passed to a sink. */
export interface AttemptContext {
  /**
   * Aborted when the attempt has timed out, or its result is no longer needed. Errors thrown by its listeners are ignored, except in `onabort` and
   * in listeners of derived signals, such as `AbortSignal.any([signal])`: the platform reports those as uncaught exceptions.
   */
  readonly signal: AbortSignal;
  /** Counts from 1. */
  readonly attempt: number;
  /** Calls `work` when the attempt is aborted, immediately if it is already. Cheaper than `signal`, which is created when it is first read. If missing, use `signal` */
  readonly onAbort?: ((work: () => void) => void) | undefined;
}

/**
 * A destination. It implements **one attempt**: it never retries, batches, times out or logs; its lane does.
 *
 * `process` succeeds when it returns nothing, or when its result completes. It fails with an error, thrown or emitted: a `SinkError` has a kind, any
 * other error counts as `write_failed`, retryable.
 *
 * @example
 * const stdout: EventSink = { name: 'stdout', process: (batch) => { process.stdout.write(JSON.stringify(batch.events) + '\n'); } };
 */
export interface EventSink<E = AnalyticsEvent> {
  /** Unique within a collector. */
  readonly name: string;
  /** Sends one batch once. */
  process(batch: EventBatch<E>, context: AttemptContext): ObservableInput<unknown> | void;
  /** Makes the accepted batches durable. Called once its lane is empty, at shutdown and when the sink is removed. */
  flush?(): ObservableInput<unknown>;
  /** Releases the sink's resources. Called once. */
  close?(): ObservableInput<unknown>;
}
