import type { DropReason } from './drop-reason.js';

/**
 * Counts of the events that were offered to one sink, by outcome. At every instant
 *
 *     offered + recovered = delivered + failed + dropped + kept + pending
 */
export interface LaneStats {
  /** Events that entered the lane; those of a redelivered dead letter count again. */
  readonly offered: number;
  /** Events that an earlier run of the program left in the store of a durable lane. 0 without a store. */
  readonly recovered: number;
  readonly delivered: number;
  readonly failed: number;
  readonly dropped: number;
  /** Left in the store of a durable lane at shutdown, for the next run. 0 without a store. */
  readonly kept: number;
  /** Queued, in flight or awaiting retry. */
  readonly pending: number;
  /** Calls of `process`. */
  readonly attempts: number;
  /** Attempts after a batch's first. */
  readonly retries: number;
  readonly droppedBy: Readonly<Partial<Record<DropReason, number>>>;
  /** `'off'` for a lane without a breaker. */
  readonly breaker: 'closed' | 'open' | 'half-open' | 'off';
  /** True once the sink has left. */
  readonly removed?: boolean;
}

/** The ledger of one lane. Each method updates all its counts in one step, so that the equation holds at every instant. */
export class LaneLedger {
  offered = 0;
  recovered = 0;
  delivered = 0;
  failed = 0;
  dropped = 0;
  kept = 0;
  pending = 0;
  attempts = 0;
  retries = 0;
  readonly droppedBy: Partial<Record<DropReason, number>> = {};
  breaker: LaneStats['breaker'] = 'off';
  removed = false;

  offer(count: number): void {
    this.offered += count;
    this.pending += count;
  }

  recover(count: number): void {
    this.recovered += count;
    this.pending += count;
  }

  /** Moves pending events to their final state. */
  settle(
    count: number,
    { status, reason }: { readonly status: 'delivered' | 'failed' | 'dropped' | 'kept'; readonly reason?: DropReason },
  ): void {
    this.pending -= count;
    this[status] += count;
    if (reason !== undefined) this.droppedBy[reason] = (this.droppedBy[reason] ?? 0) + count;
  }

  attempt(count: number): void {
    this.attempts += 1;
    if (count > 1) this.retries += 1;
  }

  snapshot(): LaneStats {
    const { removed, ...stats } = this;
    return { ...stats, droppedBy: { ...this.droppedBy }, ...(removed && { removed }) };
  }
}
