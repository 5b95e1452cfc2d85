import type { ObservableInput } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';

/** The current attempt, as passed to a sink. */
export interface AttemptContext {
  /**
   * Aborted when the attempt has timed out, or its result is no longer needed. Errors thrown by its listeners are ignored, except in `onabort` and in
   * listeners of derived signals, such as `AbortSignal.any([signal])`: the platform reports these errors as uncaught exceptions.
   */
  readonly signal: AbortSignal;
  /** Counts from 1. */
  readonly attempt: number;
  /**
   * Calls `work` when the attempt is aborted, immediately if it already is. Faster than `signal`, which is created when it is first read. May be
   * missing: then use `signal`
   */
  readonly onAbort?: ((work: () => void) => void) | undefined;
}

/**
 * A destination. It implements **a single attempt**: its lane is responsible for retries, timeouts and concurrency.
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
  /** Makes one attempt to send a batch. */
  process(batch: EventBatch<E>, context: AttemptContext): ObservableInput<unknown> | void;
  /** Makes the accepted batches durable. Called at shutdown and when the sink is removed, once its lane is empty. */
  flush?(): ObservableInput<unknown>;
  /** Releases the sink's resources. Called once. */
  close?(): ObservableInput<unknown>;
}
