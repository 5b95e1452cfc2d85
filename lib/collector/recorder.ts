import type { EventInput } from '../event/event.js';
import type { Settlement } from '../features/settlement.js';
import type { LaneSettlements } from '../lane/lane.js';
import type { DropReason, RejectReason } from '../ledger/drop-reason.js';
import { Ledger, outcomeOf, type CollectOutcome } from '../ledger/ledger.js';
import type { Diagnostics, LossReason } from './diagnostics.js';

/** Receives an event's final outcome, as the promise of `collectTracked` would. */
export interface SettlementListener {
  /** Called once, often inside a turn of the collector: must not throw, and should leave further work to a later microtask. */
  onSettled(settlement: Settlement): void;
}

/** `collectTracked` without a promise. */
export type FollowEvent = (event: EventInput, listener: SettlementListener) => void;

/** Place of `withSettlements`: follows single events to their final outcome. An event is recognized by its identity. */
export interface SettlementPlace extends LaneSettlements {
  /** An event continues as another object. Returns the object that takes its place. */
  replace<E>(event: E, by: E): E;
  /** An event that was accepted is lost, or rejected after it was held for consent. */
  reject(event: unknown, reason: RejectReason): void;
  /** An event enters the user's stages, which may drop it without a trace. */
  enterStages(event: object): void;
  /** The stages emit an event: the one that entered, or one with its id. Returns the object that takes its place. */
  leaveStages<E extends object>(event: E): E;
  /** Every lane that gets the events has been offered them; none if there is no sink. */
  fanOut(events: readonly unknown[]): void;
  /** The collector's `collectTracked`. `followerOf` compares it: a user may have replaced that method. */
  method: unknown;
  /** Saves the promise, which takes half a microsecond per event. */
  readonly follow: FollowEvent;
}

/** Records each outcome once: in the ledger, and on `diagnostics$` and `stats$` if the collector has them. On the hot path. */
export class Recorder {
  readonly ledger = new Ledger();
  /** Place of `withDiagnostics`. */
  diagnostics: Diagnostics | undefined;
  /** Place of `withStats`: called when the ledger may have changed. */
  onChange: (() => void) | undefined;
  /** Place of `withSettlements`. */
  settlements: SettlementPlace | undefined;
  /** Why the last event that `collect` did not accept was rejected. */
  rejection: RejectReason | undefined;

  /** An event was rejected by `collect`. */
  recordRejected(reason: RejectReason, error?: unknown): CollectOutcome {
    this.ledger.reject(reason);
    this.report(1, reason, error);
    this.rejection = reason;
    return outcomeOf(reason);
  }

  /** An event was collected after shutdown. */
  recordClosed(): CollectOutcome {
    this.ledger.refuse();
    this.report(1, 'closed');
    return 'closed';
  }

  /** Accepted events were lost before they were in a batch. */
  recordDropped(events: readonly unknown[], reason: DropReason, error?: unknown): void {
    if (events.length === 0) return;
    this.ledger.dropBuffered(events.length, reason);
    for (const event of events) this.settlements?.reject(event, reason);
    this.report(events.length, reason, error);
  }

  /** Reports an outcome that is in a ledger already. */
  report(count: number, reason: RejectReason | LossReason, error?: unknown, sink?: string): void {
    if (reason !== 'filtered' && reason !== 'sampled') this.diagnostics?.loss(count, reason, error, sink);
    this.onChange?.();
  }
}
