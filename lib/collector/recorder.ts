import type { EventInput } from '../event/event.js';
import type { Settlement } from '../features/settlement.js';
import type { LaneSettlements } from '../lane/lane.js';
import type { DropReason, RejectReason } from '../ledger/drop-reason.js';
import { Ledger, outcomeOf, type CollectOutcome } from '../ledger/ledger.js';
import type { Diagnostics, LossReason } from './diagnostics.js';

/** Receives an event's final outcome, like the promise of `collectTracked`. */
export interface SettlementListener {
  /** Called once, often inside a turn of the collector: must not throw, and should leave further work to a later microtask. */
  onSettled(settlement: Settlement): void;
}

/** `collectTracked` without a promise. */
export type FollowEvent = (event: EventInput, listener: SettlementListener) => void;

/** Set by `withSettlements`: follows single events to their final outcome. An event is recognized by object identity. */
export interface SettlementPlace extends LaneSettlements {
  /** Called when an event is replaced by another object. Returns the object to continue with. */
  replace<E>(event: E, by: E): E;
  /** Called when an accepted event is lost, or when an event is rejected after it was held for consent. */
  reject(event: unknown, reason: RejectReason): void;
  /** Called when an event enters the user's stages, which may drop it without notice. */
  enterStages(event: object): void;
  /** Called when the stages emit an event: the one that entered, or one with its id. Returns the object to continue with. */
  leaveStages<E extends object>(event: E): E;
  /** Called after all lanes have received these events; without a sink there are no lanes. */
  fanOut(events: readonly unknown[]): void;
  /** The collector's `collectTracked`. `followerOf` compares it, to find out whether a user has replaced the method. */
  method: unknown;
  /** `collectTracked` without the promise, which costs half a microsecond per event. */
  readonly follow: FollowEvent;
}

/** Records each outcome once: in the ledger, and on `diagnostics$` and `stats$` if the collector has them. On the hot path. */
export class Recorder {
  readonly ledger = new Ledger();
  /** Set by `withDiagnostics`. */
  diagnostics: Diagnostics | undefined;
  /** Set by `withStats`: called when the ledger may have changed. */
  onChange: (() => void) | undefined;
  /** Set by `withSettlements`. */
  settlements: SettlementPlace | undefined;
  /** The reason for the last rejection by `collect`. */
  rejection: RejectReason | undefined;

  /** Records an event that `collect` rejected. */
  recordRejected(reason: RejectReason, error?: unknown): CollectOutcome {
    this.ledger.reject(reason);
    this.report(1, reason, error);
    this.rejection = reason;
    return outcomeOf(reason);
  }

  /** Records an event that was collected after shutdown. */
  recordClosed(): CollectOutcome {
    this.ledger.refuse();
    this.report(1, 'closed');
    return 'closed';
  }

  /** Records accepted events that were lost before they were in a batch. */
  recordDropped(events: readonly unknown[], reason: DropReason, error?: unknown): void {
    if (events.length === 0) return;
    this.ledger.dropBuffered(events.length, reason);
    for (const event of events) this.settlements?.reject(event, reason);
    this.report(events.length, reason, error);
  }

  /** Reports an outcome that the ledger already contains. */
  report(count: number, reason: RejectReason | LossReason, error?: unknown, sink?: string): void {
    if (reason !== 'filtered' && reason !== 'sampled') this.diagnostics?.loss(count, reason, error, sink);
    this.onChange?.();
  }
}
