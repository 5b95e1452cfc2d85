import type { FlushReason } from '../event/event.js';
import { DROP_REASONS, type DropReason, type RejectReason } from './drop-reason.js';
import type { LaneStats } from './lane-books.js';

/**
 * The collector's books. Counts are of events, but for `batchesFlushed` and `flushErrors`. At every instant
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
  /** Kept out by policy, by an enricher's `null` or by denied consent. */
  readonly eventsFiltered: number;
  readonly eventsSampledOut: number;
  /** The collector's own losses, split by `dropped`; what a lane drops is in that lane's books. */
  readonly eventsDropped: number;
  readonly eventsInvalid: number;
  /** Offered after shutdown. */
  readonly eventsClosed: number;
  /** Accepted, and not yet in a batch. */
  readonly eventsBuffered: number;
  /** Put into a batch, and so handed to every lane. */
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
  /** With user stages: events that went in, those that await consent included. */
  readonly stagesIn?: number;
  /** With user stages: events that came out. */
  readonly stagesOut?: number;
  /** With user stages: dropped before going in. */
  readonly droppedBefore?: number;
  /** With user stages: dropped after coming out. */
  readonly droppedAfter?: number;
}

/** What became of one event, in a word. */
export type CollectOutcome = 'accepted' | 'filtered' | 'sampled' | 'dropped' | 'invalid' | 'closed';

/** The outcome that a reason for rejection amounts to. */
export function outcomeOf(reason: RejectReason): 'filtered' | 'sampled' | 'dropped' | 'invalid' {
  return reason === 'filtered' || reason === 'sampled' || reason === 'invalid' ? reason : 'dropped';
}

/** The collector's books. Each method moves events in one step, so that the equations hold whoever looks. */
export interface Ledger {
  /** Accepted, past the consent gate and the stages, and not yet in a batch. */
  readonly awaitingBatch: number;
  readonly heldForConsent: number;
  /** Went into the user's stages, and did not come out yet. */
  readonly inStages: number;
  /** An event comes after closing time. */
  refuse(): void;
  reject(reason: RejectReason): void;
  /** Accepted: it waits for its batch, or goes into the user's stages. */
  accept(): void;
  holdForConsent(): void;
  /** Consent came, and every stage let the event pass. */
  releaseHeld(): void;
  /** An event that was held for consent goes no further. */
  rejectHeld(reason: RejectReason): void;
  /** An event came out of the user's stages. */
  leaveStages(): void;
  /** An event that went into the user's stages is lost: it counts as come out, and dropped. */
  dropInStages(reason: DropReason): void;
  /** Accepted events that wait for their batch are lost. */
  dropBuffered(count: number, reason: DropReason): void;
  /** Events went into a batch, or, where there is no sink, have nowhere to go. */
  process(count: number): void;
  flushed(reason: FlushReason, at: number): void;
  flushFailed(): void;
  snapshot(sinks: Readonly<Record<string, LaneStats>>): CollectorStats;
}

export function createLedger(hasStages: boolean): Ledger {
  const dropped = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>;
  const flushReasons: Record<FlushReason, number> = { count: 0, bytes: 0, age: 0, urgent: 0, flush: 0, complete: 0 };
  let received = 0;
  let filtered = 0;
  let sampledOut = 0;
  let invalid = 0;
  let closed = 0;
  let heldForConsent = 0;
  let droppedBefore = 0;
  // Where there are no stages, what goes in comes out at once.
  let stagesIn = 0;
  let stagesOut = 0;
  let droppedAfter = 0;
  let buffered = 0;
  let processed = 0;
  let batchesFlushed = 0;
  let flushErrors = 0;
  let lastFlushAt: number | undefined;

  function enterStages(): void {
    stagesIn += 1;
    if (!hasStages) leaveStages();
  }

  function leaveStages(): void {
    stagesOut += 1;
    buffered += 1;
  }

  function dropBuffered(count: number, reason: DropReason): void {
    buffered -= count;
    droppedAfter += count;
    dropped[reason] += count;
  }

  function book(reason: RejectReason): void {
    if (reason === 'filtered') filtered += 1;
    else if (reason === 'sampled') sampledOut += 1;
    else if (reason === 'invalid') invalid += 1;
    else {
      droppedBefore += 1;
      dropped[reason] += 1;
    }
  }

  return {
    get awaitingBatch() {
      return buffered;
    },
    get heldForConsent() {
      return heldForConsent;
    },
    get inStages() {
      return Math.max(0, stagesIn - stagesOut);
    },
    refuse() {
      received += 1;
      closed += 1;
    },
    reject(reason) {
      received += 1;
      book(reason);
    },
    accept() {
      received += 1;
      enterStages();
    },
    holdForConsent() {
      received += 1;
      heldForConsent += 1;
    },
    releaseHeld() {
      heldForConsent -= 1;
      enterStages();
    },
    rejectHeld(reason) {
      heldForConsent -= 1;
      book(reason);
    },
    leaveStages,
    dropInStages(reason) {
      leaveStages();
      dropBuffered(1, reason);
    },
    dropBuffered,
    process(count) {
      buffered -= count;
      processed += count;
    },
    flushed(reason, at) {
      batchesFlushed += 1;
      flushReasons[reason] += 1;
      lastFlushAt = at;
    },
    flushFailed() {
      flushErrors += 1;
    },
    snapshot: (sinks) => ({
      eventsReceived: received,
      eventsFiltered: filtered,
      eventsSampledOut: sampledOut,
      eventsDropped: droppedBefore + droppedAfter,
      eventsInvalid: invalid,
      eventsClosed: closed,
      eventsBuffered: buffered + (hasStages ? 0 : heldForConsent),
      eventsProcessed: processed,
      batchesFlushed,
      flushErrors,
      lastFlushAt,
      dropped: { ...dropped },
      flushReasons: { ...flushReasons },
      sinks,
      ...(hasStages && { stagesIn: stagesIn + heldForConsent, stagesOut, droppedBefore, droppedAfter }),
    }),
  };
}
