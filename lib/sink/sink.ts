import type { ObservableInput } from 'rxjs';
import type { AnalyticsEvent, EventBatch } from '../event/event.js';

/** What a sink is told about the attempt in hand. */
export interface AttemptContext {
  /**
   * Aborted when the attempt timed out, or when its result is no longer needed. Errors that its listeners throw are ignored. That is not possible
   * for `onabort` and for signals derived from it, such as `AbortSignal.any([signal])`: there the platform reports an uncaught exception.
   */
  readonly signal: AbortSignal;
  /** Counts from 1. */
  readonly attempt: number;
  /** Calls `work` when `signal` is aborted, immediately if it is already; cheaper than the signal, which is created when it is first read. @default use `signal` */
  readonly onAbort?: ((work: () => void) => void) | undefined;
}

/**
 * A destination. It describes **one attempt** and nothing else: it never retries, batches, times out or logs; its lane does.
 *
 * Success is completion, or returning nothing. Failure is an error, thrown or emitted: a `SinkError` says what kind, anything else
 * counts as `write_failed`, retryable.
 *
 * @example
 * const stdout: EventSink = { name: 'stdout', process: (batch) => { process.stdout.write(JSON.stringify(batch.events) + '\n'); } };
 */
export interface EventSink<E = AnalyticsEvent> {
  /** Unique within a collector. */
  readonly name: string;
  /** Sends one batch once. */
  process(batch: EventBatch<E>, context: AttemptContext): ObservableInput<unknown> | void;
  /** Makes durable what `process` took. Called at shutdown and when the sink leaves, once its lane is empty. */
  flush?(): ObservableInput<unknown>;
  /** Releases what the sink holds. Called once. */
  close?(): ObservableInput<unknown>;
}
