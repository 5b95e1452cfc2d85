import type { FlushReason } from '../event/event.js';
import { DROP_REASONS, type DropReason, type RejectReason } from './drop-reason.js';
import type { LaneStats } from './lane-ledger.js';

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

/** Keeps the collector's books. Each method moves events in one step, so that the equations hold whoever looks. */
export class Ledger {
  /** Set once user stages are fitted in, before the first event. */
  hasStages: boolean;
  readonly #dropped = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>;
  readonly #flushReasons: Record<FlushReason, number> = { count: 0, bytes: 0, age: 0, urgent: 0, flush: 0, complete: 0 };
  #received = 0;
  #filtered = 0;
  #sampledOut = 0;
  #invalid = 0;
  #closed = 0;
  #buffered = 0;
  #processed = 0;
  #droppedBefore = 0;
  #droppedAfter = 0;
  #stagesIn = 0;
  #stagesOut = 0;
  #heldForConsent = 0;
  #batchesFlushed = 0;
  #flushErrors = 0;
  #lastFlushAt: number | undefined;

  constructor(hasStages = false) {
    this.hasStages = hasStages;
  }

  /** Accepted, past the consent gate and the stages, and not yet in a batch. */
  get awaitingBatch(): number {
    return this.#buffered;
  }

  get heldForConsent(): number {
    return this.#heldForConsent;
  }

  /** Went into the user's stages, and did not come out yet. */
  get inStages(): number {
    return Math.max(0, this.#stagesIn - this.#stagesOut);
  }

  refuse(): void {
    this.#received += 1;
    this.#closed += 1;
  }

  reject(reason: RejectReason): void {
    this.#received += 1;
    this.#book(reason);
  }

  /** Accepted: it waits for its batch, or goes into the user's stages. */
  accept(): void {
    this.#received += 1;
    this.#goOn();
  }

  holdForConsent(): void {
    this.#received += 1;
    this.#heldForConsent += 1;
  }

  /** Consent came, and every stage let the event pass. */
  releaseHeld(): void {
    this.#heldForConsent -= 1;
    this.#goOn();
  }

  /** An event that was held for consent goes no further. */
  rejectHeld(reason: RejectReason): void {
    this.#heldForConsent -= 1;
    this.#book(reason);
  }

  /** An event came out of the user's stages. */
  leaveStages(): void {
    this.#stagesOut += 1;
    this.#buffered += 1;
  }

  /** An event that went into the user's stages is lost: it counts as come out, and dropped. */
  dropInStages(reason: DropReason): void {
    this.leaveStages();
    this.dropBuffered(1, reason);
  }

  /** Accepted events that wait for their batch are lost. */
  dropBuffered(count: number, reason: DropReason): void {
    this.#buffered -= count;
    this.#droppedAfter += count;
    this.#dropped[reason] += count;
  }

  /** Events went into a batch, or, where there is no sink, have nowhere to go. */
  process(count: number): void {
    this.#buffered -= count;
    this.#processed += count;
  }

  flushed(reason: FlushReason, at: number): void {
    this.#batchesFlushed += 1;
    this.#flushReasons[reason] += 1;
    this.#lastFlushAt = at;
  }

  flushFailed(): void {
    this.#flushErrors += 1;
  }

  snapshot(sinks: Readonly<Record<string, LaneStats>>): CollectorStats {
    return {
      eventsReceived: this.#received,
      eventsFiltered: this.#filtered,
      eventsSampledOut: this.#sampledOut,
      eventsDropped: this.#droppedBefore + this.#droppedAfter,
      eventsInvalid: this.#invalid,
      eventsClosed: this.#closed,
      eventsBuffered: this.#buffered + (this.hasStages ? 0 : this.#heldForConsent),
      eventsProcessed: this.#processed,
      batchesFlushed: this.#batchesFlushed,
      flushErrors: this.#flushErrors,
      lastFlushAt: this.#lastFlushAt,
      dropped: { ...this.#dropped },
      flushReasons: { ...this.#flushReasons },
      sinks,
      ...(this.hasStages && {
        stagesIn: this.#stagesIn + this.#heldForConsent,
        stagesOut: this.#stagesOut,
        droppedBefore: this.#droppedBefore,
        droppedAfter: this.#droppedAfter,
      }),
    };
  }

  #goOn(): void {
    if (this.hasStages) this.#stagesIn += 1;
    else this.#buffered += 1;
  }

  #book(reason: RejectReason): void {
    if (reason === 'filtered') this.#filtered += 1;
    else if (reason === 'sampled') this.#sampledOut += 1;
    else if (reason === 'invalid') this.#invalid += 1;
    else {
      this.#droppedBefore += 1;
      this.#dropped[reason] += 1;
    }
  }
}
