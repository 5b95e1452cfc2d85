import type { Subscription } from 'rxjs';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch } from '../event/event.js';
import type { DropReason } from '../ledger/drop-reason.js';

/** A batch on its way through one lane: what is left of it, and what has been tried. */
export interface QueuedBatch<E> {
  /** The place in the lane's order. The halves of a batch that was too large share it. */
  readonly order: number;
  /** What the next attempt sends; another than the shared batch as soon as it differs. Without events, once it is settled. */
  batch: EventBatch<E>;
  /** The id under which the sink saw these events last. */
  attemptedId: string | undefined;
  /** Attempts so far; a half starts anew. */
  attempts: number;
  /** When the first attempt began, in the clock's milliseconds. */
  firstAttemptAt?: number;
  /** An attempt is running: its events can't be evicted. */
  isInFlight?: boolean;
  /** It was to be dropped while it was in flight. */
  dropsOnFailure?: DropReason;
  /** Shutdown leaves no time for another wait: the next failure is final. */
  isLastAttempt?: boolean;
  /** The attempt or wait that occupies one of the lane's places. */
  subscription?: Subscription;
}

/** It has left the lane: every event of it was delivered, failed or dropped. */
export const isSettled = ({ batch }: QueuedBatch<unknown>): boolean => batch.events.length === 0;

/** What remains of it, as a batch. What differs from what the sink has seen is another batch: it gets an id of its own. */
export function remainderOf<E>({ batch, attemptedId }: QueuedBatch<E>, events: readonly E[], newId: () => string): EventBatch<E> {
  return batchOf({ ...batch, events, ...(attemptedId === batch.id && { id: newId(), parentId: attemptedId }) });
}

/** Both halves, each with an id of its own, in order. */
export function halvesOf<E>(queued: QueuedBatch<E>, newId: () => string): QueuedBatch<E>[] {
  const { batch, attemptedId } = queued;
  const middle = Math.ceil(batch.events.length / 2);
  return [batch.events.slice(0, middle), batch.events.slice(middle)].map((events) => ({
    ...queued,
    batch: batchOf({ ...batch, events, id: newId(), parentId: attemptedId }),
    attempts: 0,
  }));
}
