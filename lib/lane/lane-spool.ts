import type { ObservableInput, SchedulerLike, Subscription } from 'rxjs';
import type { SinkError } from '../errors/sink-error.js';
import type { EventBatch } from '../event/event.js';
import type { Parsed } from '../internal/options.js';

/** A batch as a store has it. */
export interface StoredBatch {
  /** The batch's id; unique in the store. */
  readonly id: string;
  /** The batch's place: stores return batches in ascending order of it. A part of a batch gets a fraction. */
  readonly position: number;
  /** JSON of the batch with its events. */
  readonly json: string;
}

/** What happened to a lane's batches in one step: first `remove`, then `put`, which may have the same id. A store makes both durable together, or neither. */
export interface StoreChange {
  /** Batches that entered the lane, or replace removed ones. */
  readonly put: readonly StoredBatch[];
  /** Ids of batches that are settled or replaced. */
  readonly remove: readonly string[];
}

/** What `recover` found. */
export interface RecoveredBatches {
  /** The batches of earlier lives, by ascending position. */
  readonly batches: readonly StoredBatch[];
  /** What could not be read, for `diagnostics$`. */
  readonly damage?: SinkError | undefined;
  /** Everything that was stored in this life is gone, and the store is usable again: what is in the lane is written once more. */
  readonly isLost?: boolean | undefined;
}

/**
 * The durable batches of one sink.
 *
 * A store that does not answer within 30 s is reported as `SPOOL_TIMEOUT`: the lane works from memory until `recover` emits, a change counts as
 * refused until it is answered, and a batch is read again.
 */
export interface LaneStoreSession {
  /**
   * Opens the store, and emits what is in it. Called once; the other methods are called after the first emission. It may emit again, when it takes
   * batches over from another process. An error before the first emission says that the store can't be opened.
   */
  recover(): ObservableInput<RecoveredBatches>;
  /**
   * Writes a change. It is durable when the call returns, or when the answer completes. Throws or fails with a `SinkError` if the store could not
   * take it: then no batch of `put` is stored, and later changes are still written.
   */
  write(change: StoreChange): ObservableInput<unknown> | undefined;
  /**
   * Emits the JSON of a stored batch; `undefined`, or nothing, if it is not readable. A store that has this method also keeps what the lane has no
   * room for in memory.
   */
  read?(id: string): ObservableInput<string | undefined>;
  /** Makes all changes durable, and releases the store. */
  close(): ObservableInput<unknown> | undefined;
}

/** A place for the batches of lanes, made by `fileSpool` or `laneStore`. */
export interface LaneStore {
  /** Used by the lane. `scheduler` limits the wait for answers. */
  readonly open: <E>(sink: string, onError: (error: unknown) => void, scheduler?: SchedulerLike) => LaneSpool<E>;
}

/** What a store keeps at most, for each sink. */
export interface LaneStoreLimits {
  /** Events. A batch beyond it stays in memory only, and is reported. @default Infinity */
  readonly maxEvents?: number | undefined;
  /** UTF-8 bytes of JSON. A batch beyond it stays in memory only, and is reported. @default Infinity */
  readonly maxBytes?: number | undefined;
  /** Milliseconds since a batch was created. One that is older when it is read is dropped, as `'expired'`. @default Infinity */
  readonly maxAgeMs?: number | undefined;
}

/** Limits of a store, with their defaults. */
export type StoreLimits = Parsed<LaneStoreLimits>;

/** Events between the beginning of a recovery and the end of the store. */
export interface RecoveryEvents {
  /** The store has answered later to a write. */
  readonly onWritten?: (() => void) | undefined;
  /** The store has lost its batches, or opened late: those in memory are to be put again. Not called if it keeps copies of them. */
  readonly onLost?: (() => void) | undefined;
  /** The store has not opened in time. It may open later. */
  readonly onLate?: (() => void) | undefined;
}

/** What a durable lane asks of its store. */
export interface LaneSpool<E> {
  /** Batches that are older when they are read are dropped. */
  readonly maxAgeMs: number;
  /** Events that are being written. */
  readonly writing: number;
  /**
   * Calls back with the batches of earlier lives, oldest first; again if batches of another process are taken over. If the store can't be opened,
   * the lane works without it.
   */
  recover(onRecovered: (batches: readonly EventBatch<E>[]) => void, events?: RecoveryEvents): void;
  /** A batch has entered the lane. */
  put(batch: EventBatch<E>): void;
  /** A batch has left the lane; `parts` is what remains of it, in order. */
  replace(batch: EventBatch<E>, parts: readonly EventBatch<E>[]): void;
  /** Whether an event of a batch would survive the process. */
  isSafe(batch: EventBatch<E>, event: E): boolean;
  /** Whether the store has the batch, or is about to: it is not refused, and has not left. */
  has(id: string): boolean;
  /** Whether the whole batch can be read again. */
  canRead(batch: EventBatch<E>): boolean;
  /**
   * Reads a batch that the store holds. Calls back with its events; without them if they are damaged or gone; or with why the store did not answer. Does
   * not call back once it is unsubscribed.
   */
  read(batch: EventBatch<E>, onRead: (events: readonly E[]) => void, onFailed: (error: SinkError) => void): Subscription;
  /** Later changes are not written. Calls back when the store is released; each call does. */
  close(onClosed?: () => void): void;
}
