import type { FlushReason } from '../event/event.js';
import { DROP_REASONS, type DropReason, type RejectReason } from './drop-reason.js';
import type { LaneStats } from './lane-ledger.js';

/**
 * The collector's counts. They count events, except `batchesFlushed` and `flushErrors`. At every instant
 *
 *     received = filtered + sampledOut + dropped + invalid + closed + buffered + processed
 *
 * and for each sink the equation of `LaneStats`. With user stages there are two equations instead of the first:
 *
 *     received  = filtered + sampledOut + droppedBefore + invalid + closed + stagesIn
 *     stagesOut = buffered + processed + droppedAfter            dropped = droppedBefore + droppedAfter
 */
export interface CollectorStats {
  readonly eventsReceived: number;
  /** Excluded by policy, by an enricher's `null` or by denied consent. */
  readonly eventsFiltered: number;
  readonly eventsSampledOut: number;
  /** The collector's own losses, by reason. Events that a lane drops are in that lane's ledger. */
  readonly eventsDropped: number;
  readonly eventsInvalid: number;
  /** Offered after shutdown. */
  readonly eventsClosed: number;
  /** Accepted, and not yet in a batch. */
  readonly eventsBuffered: number;
  /** Put into a batch, which every lane receives. */
  readonly eventsProcessed: number;
  readonly batchesFlushed: number;
  /** Failed calls of a sink's `process` or `flush`. */
  readonly flushErrors: number;
  /** When a batch was last cut, in milliseconds since the epoch. */
  readonly lastFlushAt: number | undefined;
  readonly dropped: Readonly<Record<DropReason, number>>;
  readonly flushReasons: Readonly<Record<FlushReason, number>>;
  /** By sink name. */
  readonly sinks: Readonly<Record<string, LaneStats>>;
  /** With user stages: events that entered the stages, including events held for consent. */
  readonly stagesIn?: number;
  /** With user stages: events that left the stages. */
  readonly stagesOut?: number;
  /** With user stages: events dropped before the stages. */
  readonly droppedBefore?: number;
  /** With user stages: events dropped inside or after the stages. */
  readonly droppedAfter?: number;
}

/** The outcome of `collect` for one event. */
export type CollectOutcome = 'accepted' | 'filtered' | 'sampled' | 'dropped' | 'invalid' | 'closed';

/** The outcome that `collect` returns for a rejection. */
export function outcomeOf(reason: RejectReason): 'filtered' | 'sampled' | 'dropped' | 'invalid' {
  return reason === 'filtered' || reason === 'sampled' || reason === 'invalid' ? reason : 'dropped';
}

/**
 * The collector's ledger. Each method updates all its counts in one step, so that the equations hold at every instant. Steps that only some
 * collectors need are functions below, so that a bundle contains only those that it uses.
 */
export class Ledger {
  /** Set before the first event if the collector has user stages. */
  hasStages = false;
  readonly dropped = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>;
  readonly flushReasons: Record<FlushReason, number> = { count: 0, bytes: 0, age: 0, urgent: 0, flush: 0, complete: 0 };
  received = 0;
  filtered = 0;
  sampledOut = 0;
  invalid = 0;
  closed = 0;
  /** Accepted, past the consent gate and the stages, and not yet in a batch. */
  buffered = 0;
  processed = 0;
  droppedBefore = 0;
  droppedAfter = 0;
  stagesIn = 0;
  stagesOut = 0;
  heldForConsent = 0;
  batchesFlushed = 0;
  /** Failed calls of a sink's `process` or `flush`. */
  flushErrors = 0;
  lastFlushAt: number | undefined;

  /** Counts an event that was collected after shutdown. */
  refuse(): void {
    this.received += 1;
    this.closed += 1;
  }

  reject(reason: RejectReason): void {
    this.received += 1;
    this.settle(reason);
  }

  /** Counts a received event that was rejected, by its reason. */
  settle(reason: RejectReason): void {
    if (reason === 'filtered') this.filtered += 1;
    else if (reason === 'sampled') this.sampledOut += 1;
    else if (reason === 'invalid') this.invalid += 1;
    else {
      this.droppedBefore += 1;
      this.dropped[reason] += 1;
    }
  }

  /** Counts an accepted event: it waits for its batch, or enters the user's stages. */
  accept(): void {
    this.received += 1;
    this.advance();
  }

  /** Counts a received event as waiting for its batch, or inside the user's stages. */
  advance(): void {
    if (this.hasStages) this.stagesIn += 1;
    else this.buffered += 1;
  }

  /** Counts accepted events that were lost while they waited for their batch. */
  dropBuffered(count: number, reason: DropReason): void {
    this.buffered -= count;
    this.droppedAfter += count;
    this.dropped[reason] += count;
  }

  /** Counts events that were put into a batch, or for which there is no sink. */
  process(count: number): void {
    this.buffered -= count;
    this.processed += count;
  }

  flushed(reason: FlushReason, at: number): void {
    this.batchesFlushed += 1;
    this.flushReasons[reason] += 1;
    this.lastFlushAt = at;
  }

  snapshot(sinks: Readonly<Record<string, LaneStats>>): CollectorStats {
    const { hasStages, heldForConsent, droppedBefore, droppedAfter } = this;
    return {
      eventsReceived: this.received,
      eventsFiltered: this.filtered,
      eventsSampledOut: this.sampledOut,
      eventsDropped: droppedBefore + droppedAfter,
      eventsInvalid: this.invalid,
      eventsClosed: this.closed,
      eventsBuffered: this.buffered + (hasStages ? 0 : heldForConsent),
      eventsProcessed: this.processed,
      batchesFlushed: this.batchesFlushed,
      flushErrors: this.flushErrors,
      lastFlushAt: this.lastFlushAt,
      dropped: { ...this.dropped },
      flushReasons: { ...this.flushReasons },
      sinks,
      ...(hasStages && { stagesIn: this.stagesIn + heldForConsent, stagesOut: this.stagesOut, droppedBefore, droppedAfter }),
    };
  }
}

/** Counts an accepted event that is held for consent. */
export function holdForConsent(ledger: Ledger): void {
  ledger.received += 1;
  ledger.heldForConsent += 1;
}

/** Counts a held event that has passed every step after consent was granted. */
export function releaseHeld(ledger: Ledger): void {
  ledger.heldForConsent -= 1;
  ledger.advance();
}

/** Counts a held event that is rejected. */
export function rejectHeld(ledger: Ledger, reason: RejectReason): void {
  ledger.heldForConsent -= 1;
  ledger.settle(reason);
}

/** Counts an event that has left the user's stages. */
export function leaveStages(ledger: Ledger): void {
  ledger.stagesOut += 1;
  ledger.buffered += 1;
}

/** Counts an event that was lost inside the user's stages: as having left them, and as dropped. */
export function dropInStages(ledger: Ledger, reason: DropReason): void {
  leaveStages(ledger);
  ledger.dropBuffered(1, reason);
}
