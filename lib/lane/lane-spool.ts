import type { ObservableInput, SchedulerLike, Subscription } from 'rxjs';
import type { SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import type { Parsed } from '../internal/options.js';

/** A batch in a store. */
export interface StoredBatch {
  /** The batch's id; unique in the store. */
  readonly id: string;
  /** The batch's position: stores return batches in ascending order. A part of a batch has a fractional position. */
  readonly position: number;
  /** JSON of the batch with its events. */
  readonly json: string;
}

/** A change of a lane's batches: first `remove`, then `put`, which may contain the same id. A store makes both durable, or neither. */
export interface StoreChange {
  /** Batches that entered the lane, or replace removed ones. */
  readonly put: readonly StoredBatch[];
  /** Ids of batches that are settled or replaced. */
  readonly remove: readonly string[];
}

/** The result of `recover`. */
export interface RecoveredBatches {
  /** The batches of earlier runs, by ascending position. */
  readonly batches: readonly StoredBatch[];
  /** Set if batches could not be read; reported on `diagnostics$`. */
  readonly damage?: SinkError | undefined;
  /** The store has lost everything that was stored in this run, and is usable again: the batches in the lane are written once more. */
  readonly isLost?: boolean | undefined;
}

/**
 * The durable batches of one sink.
 *
 * If a store does not answer within 30 s, `SPOOL_TIMEOUT` is reported. Until `recover` emits, the lane keeps batches in memory only; a change counts
 * as refused until it is answered; the read of a batch is repeated.
 */
export interface LaneStoreSession {
  /**
   * Opens the store, and emits its batches. Called once; the other methods are called after the first emission. It may emit again, when it takes over
   * batches from another process. An error before the first emission says that the store can't be opened.
   */
  recover(): ObservableInput<RecoveredBatches>;
  /**
   * Writes a change. The change is durable when the call returns, or when the returned Observable or promise completes. Throws or fails with a
   * `SinkError` if the store could not write it: then no batch of `put` is stored, and later changes are still written.
   */
  write(change: StoreChange): ObservableInput<unknown> | undefined;
  /**
   * Emits the JSON of a stored batch; `undefined`, or nothing, if it is not readable. With this method, the store also keeps batches for which the
   * lane has no capacity in memory.
   */
  read?(id: string): ObservableInput<string | undefined>;
  /** Makes all changes durable, and releases the store. */
  close(): ObservableInput<unknown> | undefined;
}

/** A store for the batches of lanes, created by `fileSpool`, `laneStore` and others. */
export interface LaneStore {
  /** Called by the lane. `scheduler` times the wait for answers. */
  readonly open: <E>(sink: string, onError: (error: unknown) => void, scheduler?: SchedulerLike) => LaneSpool<E>;
}

/** The limits of a store for each sink. */
export interface LaneStoreLimits {
  /** Maximum number of events. A batch beyond it is kept in memory only, and reported. @default Infinity */
  readonly maxEvents?: number | undefined;
  /** Maximum UTF-8 bytes of JSON. A batch beyond it is kept in memory only, and reported. @default Infinity */
  readonly maxBytes?: number | undefined;
  /** Maximum age of a batch in milliseconds. An older batch is dropped as `'expired'` when it is read. @default Infinity */
  readonly maxAgeMs?: number | undefined;
}

/** Limits of a store, with their defaults. */
export type StoreLimits = Parsed<LaneStoreLimits>;

/** Callbacks of a store, from the start of the recovery until the store is closed. */
export interface RecoveryEvents {
  /** Called when the store has answered a write asynchronously. */
  readonly onWritten?: (() => void) | undefined;
  /**
   * Called when the store has lost its batches or opened late: the lane puts the batches in memory again. After a loss, not called if the spool has
   * copies of them.
   */
  readonly onLost?: (() => void) | undefined;
  /** Called when the store has not opened in time. It may open later. */
  readonly onLate?: (() => void) | undefined;
}

/** The interface between a durable lane and its store. */
export interface LaneSpool<E> {
  /** Batches that are older than this when they are read are dropped. */
  readonly maxAgeMs: number;
  /** The number of events that are being written. */
  readonly writing: number;
  /**
   * Calls back with the batches of earlier runs, oldest first; again if batches of another process are taken over. If the store can't be opened,
   * calls back with none, and the lane works from memory.
   */
  recover(onRecovered: (batches: readonly EventBatch<E>[]) => void, events?: RecoveryEvents): void;
  /** Stores a batch that has entered the lane. */
  put(batch: EventBatch<E>): void;
  /** Removes a batch that has left the lane, and stores its remaining parts, in order. */
  replace(batch: EventBatch<E>, parts: readonly EventBatch<E>[]): void;
  /** Whether an event of a batch would survive the end of the process. */
  isSafe(batch: EventBatch<E>, event: E): boolean;
  /** Whether the store has the batch or is writing it: it was neither refused nor removed. */
  has(id: string): boolean;
  /** Whether the whole batch can be read again. */
  canRead(batch: EventBatch<E>): boolean;
  /**
   * Reads a batch that the store holds. Calls `onRead` with its events, or with none if they are damaged or missing. Calls `onFailed` if the store
   * did not answer. Calls neither once it is unsubscribed.
   */
  read(batch: EventBatch<E>, onRead: (events: readonly E[]) => void, onFailed: (error: SinkError) => void): Subscription;
  /** Closes the store: later changes are not written. Each call calls back when the store is released. */
  close(onClosed?: () => void): void;
}
