import { asyncScheduler } from 'rxjs';
import { aFunction, aNonEmptyString, anInteger, checkArgument, oneOf } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { EventBatch, FlushReason } from './event.js';
import { newId } from './new-id.js';

/** All reasons for cutting a batch. */
export const FLUSH_REASONS = ['count', 'bytes', 'age', 'urgent', 'flush', 'complete'] as const satisfies readonly FlushReason[];

/** The parts of a batch. */
export type BatchParts<E> = Omit<EventBatch<E>, 'parentId'> & { readonly parentId?: string | undefined };

/** Creates the envelope around the events of a batch. The array is frozen, not copied: the caller must not use it afterwards. */
export function batchOf<E>({ id, sequence, createdAt, events, reason, parentId }: BatchParts<E>): EventBatch<E> {
  Object.freeze(events);
  return Object.freeze(
    parentId === undefined ? { id, sequence, createdAt, events, reason } : { id, sequence, createdAt, events, reason, parentId },
  );
}

export interface CreateBatchOptions {
  /** @default 'flush' */
  readonly reason?: FlushReason | undefined;
  /** Id of the batch that this one is a part of. @default none */
  readonly parentId?: string | undefined;
  /** Milliseconds since the epoch. @default the clock of `asyncScheduler` */
  readonly now?: (() => number) | undefined;
  /** @default UUID v7, ascending */
  readonly newId?: (() => string) | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<CreateBatchOptions, 'parentId'>(() => ({
  reason: [oneOf(FLUSH_REASONS), 'flush'],
  parentId: [aNonEmptyString],
  now: [aFunction, () => asyncScheduler.now()],
  newId: [aFunction, newId],
}));

/**
 * Creates a batch, for instance to test a sink. Its list of events is a frozen copy; the events are the same objects.
 *
 * @param sequence an integer ≥ 0; a collector's batches count from 1
 * @throws TypeError for an invalid sequence, and for an invalid or unknown option
 * @example
 * const { events, sequence } = createBatch([createEvent({ type: 'cache_hit' })], 1);
 * expect([events.length, sequence, Object.isFrozen(events)]).to.deep.equal([1, 1, true]);
 */
export function createBatch<E>(events: Iterable<E>, sequence: number, options: CreateBatchOptions = {}): EventBatch<E> {
  checkArgument('sequence', sequence, anInteger(0));
  const { reason, parentId, now, newId: makeId } = OPTIONS.parse(options);
  return batchOf({ id: makeId(), sequence, createdAt: now(), events: [...events], reason, parentId });
}
