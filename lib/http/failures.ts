import { SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';

/** What went wrong with parts of a batch, as the one error that its attempt ends with. */
export class Failures<E> {
  readonly #batch: EventBatch<E>;
  readonly #failed: E[] = [];
  #worst: SinkError | undefined;

  constructor(batch: EventBatch<E>) {
    this.#batch = batch;
  }

  add(error: SinkError, events: readonly E[]): void {
    this.#failed.push(...events);
    if (this.#worst === undefined || rankOf(error) > rankOf(this.#worst)) this.#worst = error;
  }

  /**
   * `undefined` for none. Its kind is that of the failure after which most can still be done: the lane sends all that failed once more, and what
   * can't be helped fails again then, as what it is.
   */
  get error(): SinkError | undefined {
    const worst = this.#worst;
    const { events } = this.#batch;
    if (worst === undefined || (this.#failed.length === events.length && worst.failed === undefined)) return worst;
    const { kind, code, retryable, retryAfterMs, cause } = worst;
    return new SinkError(kind, `${worst.message} (${String(this.#failed.length)} of ${String(events.length)} events failed)`, {
      code,
      retryable,
      failed: this.#failed,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(cause !== undefined && { cause }),
    });
  }
}

function rankOf({ retryable, kind }: SinkError): number {
  if (retryable) return 2;
  return kind === 'too_large' ? 1 : 0;
}
