import type { SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import type { Delivery } from '../lane/delivery.js';
import type { DropReason, RejectReason } from '../ledger/drop-reason.js';
import { Ledger, outcomeOf, type CollectOutcome } from '../ledger/ledger.js';
import type { CallbackSource, Diagnostics, LossReason, OnceDiagnostic } from './diagnostics.js';

/** Records each outcome once: in the ledger, and, where they are fitted in, on `diagnostics$` and `stats$`. Every event meets it. */
export class Recorder {
  readonly ledger = new Ledger();
  /** Place of `withDiagnostics`. */
  diagnostics: Diagnostics | undefined;
  /** Place of `withStats`: called when the ledger may have changed. */
  onChange: (() => void) | undefined;

  /** An event was rejected by `collect`. */
  recordRejected(reason: RejectReason, error?: unknown): CollectOutcome {
    this.ledger.reject(reason);
    this.#report(1, reason, error);
    return outcomeOf(reason);
  }

  /** An event was collected after shutdown. */
  recordClosed(): CollectOutcome {
    this.ledger.refuse();
    this.#report(1, 'closed');
    return 'closed';
  }

  /** An event that was held for consent was rejected. */
  recordHeldRejected(reason: RejectReason, error?: unknown): void {
    this.ledger.rejectHeld(reason);
    this.#report(1, reason, error);
  }

  /** Accepted events were lost before they were in a batch. */
  recordDropped(count: number, reason: DropReason, error?: unknown): void {
    if (count === 0) return;
    this.ledger.dropBuffered(count, reason);
    this.#report(count, reason, error);
  }

  /** An event was lost inside the user's stages, or when it came out. */
  recordDroppedInStages(reason: DropReason, error?: unknown): void {
    this.ledger.dropInStages(reason);
    this.#report(1, reason, error);
  }

  /** A batch was cut; `isProcessed` if its events were counted as processed before. */
  recordBatch({ events, reason, createdAt }: EventBatch<unknown>, isProcessed: boolean): void {
    if (!isProcessed) this.ledger.process(events.length);
    this.ledger.flushed(reason, createdAt);
  }

  /** A batch, or part of one, was settled; it is in the lane's ledger already. */
  recordDelivery<E>(delivery: Delivery<E>): void {
    const { sink, batch, status } = delivery;
    if (status === 'failed') this.#reportLoss(batch.events.length, status, delivery.error, sink);
    if (status === 'dropped') this.#reportLoss(batch.events.length, delivery.reason, undefined, sink);
  }

  /** @param task what failed; the ledger doesn't count a failed `close` */
  recordSinkError(sink: string, error: SinkError, task: 'process' | 'flush' | 'close'): void {
    if (task !== 'close') this.ledger.flushFailed();
    this.diagnostics?.count({ type: 'sink_error', sink, error }, `${error.kind} ${sink}`, 1);
  }

  /** A user's callback threw. */
  recordThrown(callback: CallbackSource, error: unknown): void {
    this.diagnostics?.count({ type: 'callback_error', callback, error }, callback, 1);
  }

  report(diagnostic: OnceDiagnostic): void {
    this.diagnostics?.report(diagnostic);
  }

  complete(): void {
    this.diagnostics?.complete();
  }

  #report(count: number, reason: RejectReason | 'closed', error?: unknown): void {
    if (reason !== 'filtered' && reason !== 'sampled') this.#reportLoss(count, reason, error);
    this.onChange?.();
  }

  #reportLoss(count: number, reason: LossReason, error?: unknown, sink?: string): void {
    if (this.diagnostics === undefined) return;
    const details = { ...(sink !== undefined && { sink }), ...(error !== undefined && { error }) };
    this.diagnostics.count({ type: 'loss', reason, ...details }, `${reason} ${String(sink)}`, count);
  }
}
