import { SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import { failedEvents, namedEvents } from '../lane/failed-events.js';

/** Combines the failures of the parts of a batch into one error for the attempt. */
export class Failures<E> {
  readonly #batch: EventBatch<E>;
  readonly #failed: E[] = [];
  readonly #rejected: E[] = [];
  #worst: SinkError | undefined;
  #count = 0;
  /** Whether one of the failures concerns all events of the batch. */
  #isWhole = false;

  constructor(batch: EventBatch<E>) {
    this.#batch = batch;
  }

  /** Adds a failed request with these events; the error may name some of them. */
  add(error: SinkError, events: readonly E[]): void {
    const failed = [...new Set([...failedEvents(events, error.failed), ...namedEvents(events, error.rejected)])];
    this.#failed.push(...failed);
    this.#rejected.push(...rejectedEvents(failed, error));
    this.#count += 1;
    this.#isWhole ||= events.length === this.#batch.events.length;
    if (this.#worst === undefined || rankOf(error) > rankOf(this.#worst)) this.#worst = error;
  }

  /** Adds events that were not sent because of an earlier failure. */
  addUnsent(events: readonly E[]): void {
    if (events.length === 0) return;
    this.#failed.push(...events);
    this.#count += 1;
  }

  /**
   * `undefined` if nothing failed; the single error if it concerns the whole batch.
   *
   * Otherwise an error with the kind of the most retryable failure. It names the failed events, and those that were refused permanently.
   */
  get error(): SinkError | undefined {
    const worst = this.#worst;
    const { events } = this.#batch;
    if (worst === undefined || (this.#count === 1 && this.#isWhole)) return worst;
    const { kind, code, retryAfterMs, cause } = worst;
    const isOpen = this.#rejected.length < this.#failed.length;
    return new SinkError(kind, `${worst.message} (${String(this.#failed.length)} of ${String(events.length)} events failed)`, {
      code,
      // A refused part that names no event is sent again as a separate batch, so that the lane can find the event to blame.
      retryable: worst.retryable || (isOpen && kind === 'rejected'),
      failed: this.#failed,
      rejected: this.#rejected,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(cause !== undefined && { cause }),
    });
  }
}

function rejectedEvents<E>(failed: readonly E[], { kind, retryable, failed: named, rejected }: SinkError): readonly E[] {
  if (rejected !== undefined) return rejected.length === 0 ? [] : failedEvents(failed, rejected);
  return !retryable && kind !== 'too_large' && (named !== undefined || failed.length === 1) ? failed : [];
}

function rankOf({ retryable, kind }: SinkError): number {
  if (retryable) return 2;
  return kind === 'too_large' ? 1 : 0;
}
