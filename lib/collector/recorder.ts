import type { DropReason, RejectReason } from '../ledger/drop-reason.js';
import { Ledger, outcomeOf, type CollectOutcome } from '../ledger/ledger.js';
import type { Diagnostics, LossReason } from './diagnostics.js';

/** Records each outcome once: in the ledger, and on `diagnostics$` and `stats$` if the collector has them. On the hot path. */
export class Recorder {
  readonly ledger = new Ledger();
  /** Place of `withDiagnostics`. */
  diagnostics: Diagnostics | undefined;
  /** Place of `withStats`: called when the ledger may have changed. */
  onChange: (() => void) | undefined;

  /** An event was rejected by `collect`. */
  recordRejected(reason: RejectReason, error?: unknown): CollectOutcome {
    this.ledger.reject(reason);
    this.report(1, reason, error);
    return outcomeOf(reason);
  }

  /** An event was collected after shutdown. */
  recordClosed(): CollectOutcome {
    this.ledger.refuse();
    this.report(1, 'closed');
    return 'closed';
  }

  /** Accepted events were lost before they were in a batch. */
  recordDropped(count: number, reason: DropReason, error?: unknown): void {
    if (count === 0) return;
    this.ledger.dropBuffered(count, reason);
    this.report(count, reason, error);
  }

  /** Reports an outcome that is in a ledger already. */
  report(count: number, reason: RejectReason | LossReason, error?: unknown, sink?: string): void {
    if (reason !== 'filtered' && reason !== 'sampled') this.diagnostics?.loss(count, reason, error, sink);
    this.onChange?.();
  }
}
