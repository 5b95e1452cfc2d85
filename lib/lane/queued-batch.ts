import type { Subscription } from 'rxjs';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch } from '../event/event.js';
import type { Grace } from '../internal/grace.js';
import type { DropReason } from '../ledger/drop-reason.js';

/** A batch in a lane: its remaining events, its attempts so far, and the extensions of the running attempt's timeout. */
export interface QueuedBatch<E> extends Grace {
  /** The position in the lane's order. Both halves of a batch that was too large keep it. */
  readonly order: number;
  /** The batch that the next attempt sends. Differs from the shared batch once events have left. Has no events once it is settled. */
  batch: EventBatch<E>;
  /** Number of events that are only in the lane's store; `batch` has none then. */
  stored?: number | undefined;
  /** Number of consecutive failed reads from the store, and when the first one ended, on the lane's pause clock. */
  failedReads?: { readonly count: number; readonly since: number } | undefined;
  /** The batch id that the sink saw last. */
  attemptedId: string | undefined;
  /** The events of a batch that is only in the store, if the settlement of one is followed. */
  followed?: readonly E[] | undefined;
  /** How often the batch was halved. */
  readonly splits?: number;
  /** Attempts so far; a half starts at 0. */
  attempts: number;
  /** When the first attempt began, on the lane's pause clock. */
  firstAttemptAt?: number;
  /** When the running attempt times out, on the elapsed clock. */
  expiresAt?: number | undefined;
  /** Whether an attempt is running: the events then can't be evicted. */
  isInFlight?: boolean;
  /** If the running attempt fails, the batch is dropped for this reason. */
  dropsOnFailure?: DropReason;
  /** The deadline leaves no time for another wait: the next failure is final. */
  isLastAttempt?: boolean;
  /** The wait for the next attempt, if the batch is waiting. */
  wait?: Wait | undefined;
  /** What occupies the batch's slot: a running attempt, or a timer. */
  slot?: Subscription;
}

/** A wait between two attempts. */
export interface Wait {
  /** The end of the wait on the elapsed clock; `Infinity` without a timer. */
  readonly until: number;
  /** Whether the sink requested the wait (`Retry-After`): neither a deadline nor the end of a pause shortens it. */
  readonly isRequested: boolean;
  /** Whether the wait ends when the breaker changes its state. */
  readonly isForBreaker: boolean;
}

/** Whether each of its events was delivered, failed, dropped or kept, or is in one of its halves. */
export const isSettled = ({ batch, stored }: QueuedBatch<unknown>): boolean => batch.events.length === 0 && stored === undefined;

/** The remaining events as a batch. It has a new id if the sink has seen the batch with other content. */
export function remainderOf<E>({ batch, attemptedId }: QueuedBatch<E>, events: readonly E[], newId: () => string): EventBatch<E> {
  return batchOf({ ...batch, events, ...(attemptedId === batch.id && { id: newId(), parentId: attemptedId }) });
}

/** Both halves in order, each with its own id. */
export function halvesOf<E>(queued: QueuedBatch<E>, newId: () => string): QueuedBatch<E>[] {
  const { batch, attemptedId } = queued;
  const middle = Math.ceil(batch.events.length / 2);
  return [batch.events.slice(0, middle), batch.events.slice(middle)].map((events) => ({
    ...queued,
    batch: batchOf({ ...batch, events, id: newId(), parentId: attemptedId }),
    attempts: 0,
    splits: (queued.splits ?? 0) + 1,
  }));
}
