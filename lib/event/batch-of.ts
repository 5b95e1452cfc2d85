import { asyncScheduler } from 'rxjs';
import { aFunction, anInteger, checkArgument, oneOf } from '../internal/check-option.js';
import type { EventBatch, FlushReason } from './event.js';
import { newId } from './new-id.js';

/** Every reason for which a batch is cut. */
export const FLUSH_REASONS = ['count', 'bytes', 'age', 'urgent', 'flush', 'complete'] as const satisfies readonly FlushReason[];

/** What a batch is made of. */
export type BatchParts<E> = Omit<EventBatch<E>, 'parentId'> & { readonly parentId?: string | undefined };

/** The envelope around events that travel together. It takes the array as it is, and freezes it: whoever hands it over lets go of it. */
export function batchOf<E>({ id, sequence, createdAt, events, reason, parentId }: BatchParts<E>): EventBatch<E> {
  Object.freeze(events);
  return Object.freeze(
    parentId === undefined ? { id, sequence, createdAt, events, reason } : { id, sequence, createdAt, events, reason, parentId },
  );
}

export interface CreateBatchOptions {
  /** @default 'flush' */
  readonly reason?: FlushReason | undefined;
  /** The batch that this one is a part of. @default none */
  readonly parentId?: string | undefined;
  /** Milliseconds since the epoch. @default the clock of `asyncScheduler` */
  readonly now?: (() => number) | undefined;
  /** @default UUID v7, ascending */
  readonly newId?: (() => string) | undefined;
}

/**
 * A batch of these events, to try a sink with, say. It holds a copy of the list, frozen; the events are the same objects.
 *
 * @param sequence a whole number; a collector's batches count from 1
 * @throws TypeError for a sequence or an option outside its range
 * @example
 * const { events, sequence } = createBatch([createEvent({ type: 'cache_hit' })], 1);
 * expect([events.length, sequence, Object.isFrozen(events)]).to.deep.equal([1, 1, true]);
 */
export function createBatch<E>(events: Iterable<E>, sequence: number, options: CreateBatchOptions = {}): EventBatch<E> {
  const { reason = 'flush', parentId, now = () => asyncScheduler.now(), newId: makeId = newId } = options;
  checkArgument('sequence', sequence, anInteger(0));
  checkArgument('reason', reason, oneOf(FLUSH_REASONS));
  checkArgument('now', now, aFunction);
  checkArgument('newId', makeId, aFunction);
  return batchOf({ id: makeId(), sequence, createdAt: now(), events: [...events], reason, parentId });
}
