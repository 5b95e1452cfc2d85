import { defer, throwError, type ObservableInput } from 'rxjs';
import { eventJson, eventsJson } from '../event/event-json.js';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch } from '../event/event.js';
import { SinkError } from '../errors/sink-error.js';
import { aFunction, checkArgument, isObject } from '../internal/check-option.js';
import { isObservableInput, observeAnswer } from './attempt.js';

/** A batch as a store has it. */
export interface StoredBatch {
  /** The batch's id; unique in the store. */
  readonly id: string;
  /** The batch's place: stores return batches in ascending order of it. A part of a batch gets a fraction. */
  readonly position: number;
  /** JSON of the batch with its events. */
  readonly json: string;
}

/** What happened to a lane's batches in one step. A store makes both parts durable together, or neither. */
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

/** The durable batches of one sink. */
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
  /** Makes all changes durable, and releases the store. */
  close(): ObservableInput<unknown> | undefined;
}

/** A place for the batches of lanes, made by `fileSpool` or `laneStore`. */
export interface LaneStore {
  /** Used by the lane. */
  readonly open: <E>(sink: string, onError: (error: unknown) => void) => LaneSpool<E>;
}

/** What a durable lane asks of its store. */
export interface LaneSpool<E> {
  /**
   * Calls back with the batches of earlier lives, oldest first; again if batches of another process are taken over. If the store can't be opened,
   * the lane works without it.
   */
  recover(onRecovered: (batches: readonly EventBatch<E>[]) => void): void;
  /** A batch has entered the lane. */
  put(batch: EventBatch<E>): void;
  /** A batch has left the lane; `parts` is what remains of it, in order. */
  replace(batch: EventBatch<E>, parts: readonly EventBatch<E>[]): void;
  /** Whether an event of a batch would survive the process. */
  has(batch: EventBatch<E>, event: E): boolean;
  /** What happens to the batches afterwards does not reach the store. Calls back when the store is released; each call does. */
  close(onClosed?: () => void): void;
}

/**
 * A store for durable lanes, from functions that keep text.
 *
 * `open` is called for each sink that uses the store, with the sink's name.
 *
 * @throws TypeError if `open` is not a function
 */
export function laneStore(open: (sink: string) => LaneStoreSession): LaneStore {
  checkArgument('open', open, aFunction);
  return { open: (sink, onError) => new Spool(open(sink), onError) };
}

/** Where a stored batch stands in the store's order: at `position`, with `width` for its parts. */
interface Place {
  readonly batch: EventBatch<unknown>;
  readonly position: number;
  readonly width: number;
  /** The store has confirmed it. */
  isSafe: boolean;
  /** Events that can't be read, and are only in memory. */
  readonly unreadable: ReadonlySet<unknown>;
}

/**
 * Copies what happens to a lane's batches into its store.
 *
 * ```
 * lane     offer ─► attempt, retry ─► settled      half fails: remainder under a new id
 * store    put                        remove       remove and put in one step
 * ```
 *
 * A batch that the store has not taken is delivered from memory.
 */
class Spool<E> implements LaneSpool<E> {
  readonly #session: LaneStoreSession;
  readonly #onError: (error: unknown) => void;
  readonly #places = new Map<string, Place>();
  /** What waits until the store is open. */
  #early: (() => void)[] | undefined = [];
  #nextPosition = 0;
  /** Nothing more is written. */
  #isClosed = false;
  #closing: 'begun' | 'done' | undefined;
  readonly #onClosed: (() => void)[] = [];

  constructor(session: LaneStoreSession, onError: (error: unknown) => void) {
    this.#session = session;
    this.#onError = onError;
  }

  recover(onRecovered: (batches: readonly EventBatch<E>[]) => void): void {
    const start = (recovered: readonly EventBatch<E>[]): void => {
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const change of early) change();
      onRecovered(recovered);
    };
    const recovery = defer(() => this.#session.recover()).subscribe({
      next: ({ batches, damage, isLost }) => {
        if (damage !== undefined) this.#onError(damage);
        if (isLost) this.#writeAgain();
        const recovered = this.#read(batches);
        if (this.#early !== undefined) start(recovered);
        else if (!this.#isClosed) onRecovered(recovered);
      },
      error: (error: unknown) => {
        this.#onError(error);
        if (this.#early === undefined) return;
        this.#isClosed = true;
        start([]);
      },
    });
    this.#onClosed.push(() => {
      recovery.unsubscribe();
    });
  }

  put(batch: EventBatch<E>): void {
    this.#whenOpen(() => {
      this.#change([batch], [], this.#nextPosition, 1);
      this.#nextPosition += 1;
    });
  }

  replace({ id }: EventBatch<E>, parts: readonly EventBatch<E>[]): void {
    this.#whenOpen(() => {
      const place = this.#places.get(id);
      if (place !== undefined) this.#change(parts, [id], place.position, place.width);
    });
  }

  has({ id }: EventBatch<E>, event: E): boolean {
    const place = this.#places.get(id);
    return place?.isSafe === true && !place.unreadable.has(event);
  }

  close(onClosed: () => void = nothing): void {
    if (this.#closing === 'done') {
      onClosed();
      return;
    }
    this.#onClosed.push(onClosed);
    if (this.#closing === 'begun') return;
    this.#closing = 'begun';
    const end = (): void => {
      this.#closing = 'done';
      for (const each of this.#onClosed.splice(0)) each();
    };
    // Changes that the store has not seen are those of events that the lane has dropped.
    this.#early?.splice(0);
    this.#whenOpen(() => {
      const couldOpen = !this.#isClosed;
      this.#isClosed = true;
      if (couldOpen) this.#observe(() => this.#session.close(), end, end);
      else end();
    });
  }

  #writeAgain(): void {
    for (const [id, place] of this.#places) {
      const json = jsonOf(place.batch, new Set());
      if (json === undefined) continue;
      place.isSafe = false;
      this.#write({ put: [{ id, position: place.position, json }], remove: [] });
    }
  }

  /** Parses the stored batches. Those that are not readable are reported and removed. */
  #read(stored: readonly StoredBatch[]): EventBatch<E>[] {
    const unread: string[] = [];
    const batches: EventBatch<E>[] = [];
    for (const [index, { id, position, json }] of stored.entries()) {
      const batch = batchIn<E>(json);
      if (batch?.id !== id) unread.push(id);
      else {
        // A part of a batch ends where the next part begins.
        const width = Math.min(1, (stored[index + 1]?.position ?? Infinity) - position);
        this.#places.set(id, { batch, position, width, isSafe: true, unreadable: NO_EVENTS });
        // Positions of earlier lives come before those of this one.
        this.#nextPosition = Math.max(this.#nextPosition, Math.floor(position) + 1);
        batches.push(batch);
      }
    }
    if (unread.length > 0) {
      this.#onError(new SinkError('write_failed', `${String(unread.length)} stored batches are not readable`, { code: 'SPOOL_DAMAGED' }));
      this.#whenOpen(() => {
        this.#write({ put: [], remove: unread });
      });
    }
    return batches;
  }

  #whenOpen(change: () => void): void {
    if (this.#early === undefined) change();
    else this.#early.push(change);
  }

  #change(batches: readonly EventBatch<E>[], remove: readonly string[], position: number, width: number): void {
    if (this.#isClosed) return;
    for (const id of remove) this.#places.delete(id);
    const share = width / Math.max(1, batches.length);
    const put = batches.flatMap((batch, index): StoredBatch[] => {
      const unreadable = new Set<unknown>();
      const json = jsonOf(batch, unreadable);
      if (json === undefined) return [];
      const place = { batch, position: position + index * share, width: share, isSafe: false, unreadable };
      this.#places.set(batch.id, place);
      return [{ id: batch.id, position: place.position, json }];
    });
    if (put.length > 0 || remove.length > 0) this.#write({ put, remove });
  }

  #write(change: StoreChange): void {
    if (this.#isClosed) return;
    const places = change.put.map(({ id }) => this.#places.get(id));
    this.#observe(
      () => this.#session.write(change),
      () => {
        for (const place of places) if (place !== undefined) place.isSafe = true;
      },
    );
  }

  #observe(call: () => ObservableInput<unknown> | undefined, onDone: () => void, onFailed = nothing): void {
    let answer: unknown;
    try {
      answer = call();
    } catch (error) {
      answer = throwError(() => error);
    }
    const end = (failure?: { readonly error: unknown }): void => {
      if (failure === undefined) onDone();
      else {
        this.#onError(failure.error);
        onFailed();
      }
    };
    if (isObservableInput(answer)) observeAnswer(answer, end);
    else end();
  }
}

/** The JSON of a batch without the events that can't be read, which are added to `unreadable`. `undefined` if no event can be read. */
function jsonOf<E>({ events, ...envelope }: EventBatch<E>, unreadable: Set<unknown>): string | undefined {
  let array: string;
  try {
    array = eventsJson(events);
  } catch {
    const texts: string[] = [];
    for (const event of events) {
      try {
        texts.push(eventJson(event));
      } catch {
        unreadable.add(event);
      }
    }
    if (texts.length === 0) return undefined;
    array = `[${texts.join()}]`;
  }
  return `${JSON.stringify(envelope).slice(0, -1)},"events":${array}}`;
}

function batchIn<E>(json: string): EventBatch<E> | undefined {
  try {
    const batch: unknown = JSON.parse(json);
    return isObject(batch) && Array.isArray(batch.events) && batch.events.length > 0
      ? batchOf(batch as unknown as EventBatch<E>)
      : undefined;
  } catch {
    return undefined;
  }
}

const NO_EVENTS: ReadonlySet<unknown> = new Set();
const nothing = (): void => undefined;
