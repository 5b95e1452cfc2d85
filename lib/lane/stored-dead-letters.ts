import { Observable, Subject, type SchedulerLike } from 'rxjs';
import { SinkError, toSinkError, type SinkErrorKind } from '../errors/sink-error.js';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch } from '../event/event.js';
import { isObject } from '../internal/check-option.js';
import type { DeadLetter } from './delivery.js';
import type { LaneSpool, LaneStore } from './lane-spool.js';

/** The first entry of a stored dead letter; its events follow. */
interface Header {
  readonly sink: string;
  readonly attempts: number;
  readonly error: { readonly kind: SinkErrorKind; readonly message: string; readonly code: string };
  readonly batch: Omit<EventBatch, 'events'>;
}

/** A letter in the store. */
interface StoredLetter {
  readonly id: string;
  /** When the letter's batch was created. */
  readonly createdAt: number;
  /** The stored form, until the store is open. */
  readonly batch?: EventBatch<unknown> | undefined;
}

/** The dependencies of stored dead letters. */
export interface StoredDeadLettersEnv {
  readonly newId: () => string;
  readonly scheduler: SchedulerLike;
  /** Runs work that starts outside on the trampoline. */
  readonly enter: (work: () => void) => void;
  /** Whether consent is denied. */
  readonly isDenied: () => boolean;
  readonly onError: (error: SinkError) => void;
}

/** The name of the dead letters in a store, used like a sink's name: lanes may use the same store. */
const PLACE = 'dead letters';

/**
 * Dead letters in a store, from their failure until they are offered again.
 *
 * ```
 * run 1   a fails permanently ─► stored
 * run 2   recovered: a ─► deadLetters$ ─┬─ redeliver(a) ─► in the lane, removed from the store
 *                                        └─ discard(a) ─► removed from the store
 * ```
 *
 * Letters older than the store's `maxAgeMs` are removed when the store is opened, and before another one is stored.
 */
export class StoredDeadLetters<E> {
  /** The letters of earlier runs. Each is emitted once: to the current observers, or to the first one. */
  readonly earlier$: Observable<DeadLetter<E>>;
  readonly #env: StoredDeadLettersEnv;
  readonly #spool: LaneSpool<unknown>;
  readonly #subject = new Subject<DeadLetter<E>>();
  /** The stored letters, by sink and batch id. */
  readonly #stored = new Map<string, StoredLetter>();
  /** All letters in the store were created at this time or later. */
  #earliest = Infinity;
  #unseen: DeadLetter<E>[] = [];
  /** Whether the store is open, or did not open in time. */
  #canClose = false;
  #isOpen = false;
  #isClosed = false;
  #isPurged = false;
  readonly #closeLater: ((() => void) | undefined)[] = [];

  constructor(store: LaneStore, env: StoredDeadLettersEnv) {
    this.#env = env;
    const onError = (error: unknown): void => {
      env.enter(() => {
        env.onError(toSinkError(error));
      });
    };
    this.#spool = store.open<unknown>(PLACE, onError, env.scheduler);
    this.earlier$ = new Observable((subscriber) => {
      subscriber.add(this.#subject.subscribe(subscriber));
      // If an observer unsubscribes, the next one gets the remaining letters.
      while (!subscriber.closed) {
        const letter = this.#unseen.shift();
        if (letter === undefined) break;
        subscriber.next(letter);
      }
    });
  }

  /** Reads the letters of earlier runs. Called once. */
  start(): void {
    const onRecovered = (batches: readonly EventBatch<unknown>[]): void => {
      this.#env.enter(() => {
        this.#onRecovered(batches);
      });
    };
    const onLate = (): void => {
      this.#env.enter(() => {
        this.#letClose();
      });
    };
    const onLost = (): void => {
      this.#env.enter(() => {
        this.#putAgain();
      });
    };
    this.#spool.recover(onRecovered, { onLate, onLost });
  }

  put({ sink, batch, error, attempts }: DeadLetter<E>): void {
    const { events, ...envelope } = batch;
    if (events.length === 0 || this.#env.isDenied()) return;
    const { kind, message, code } = error;
    const header: Header = { sink, attempts, error: { kind, message, code }, batch: envelope };
    this.#removeExpired();
    const id = this.#env.newId();
    const stored = batchOf<unknown>({ ...envelope, id, events: [header, ...events] });
    this.#remember(keyOf({ sink, batch }), { id, createdAt: batch.createdAt, batch: this.#isOpen ? undefined : stored });
    this.#spool.put(stored);
  }

  /** The id of a letter in the store. */
  idOf(letter: DeadLetter<E>): string | undefined {
    return this.#stored.get(keyOf(letter))?.id;
  }

  /** Removes a letter. Returns whether the store had it. */
  discard(letter: DeadLetter<E>): boolean {
    const id = this.idOf(letter);
    const isStored = id !== undefined && !this.#isClosed && this.#spool.has(id);
    this.remove(letter, id);
    return isStored;
  }

  /** Removes a letter by an earlier id: if it has failed again meanwhile, it is stored under another id, which is not removed. */
  remove(letter: DeadLetter<E>, id: string | undefined): void {
    if (id === undefined) return;
    const key = keyOf(letter);
    if (this.#stored.get(key)?.id === id) this.#stored.delete(key);
    this.#removeFromStore(id);
  }

  /** Empties the store, because consent is denied. */
  purge(): void {
    this.#isPurged = !this.#isOpen;
    this.#unseen = [];
    for (const { id } of this.#stored.values()) this.#removeFromStore(id);
    this.#stored.clear();
  }

  /** Closes the store once all letters are written. Each call calls back then. */
  close(onClosed?: () => void): void {
    // If the store is not open yet, closing it now would discard letters.
    if (this.#canClose) this.#close(onClosed);
    else this.#closeLater.push(onClosed);
  }

  complete(): void {
    this.#subject.complete();
    this.close();
  }

  #onRecovered(batches: readonly EventBatch<unknown>[]): void {
    const isRefused = this.#isPurged || this.#env.isDenied();
    this.#isOpen = true;
    this.#isPurged = false;
    const oldest = this.#oldest;
    for (const stored of batches) {
      const letter = isRefused || stored.createdAt < oldest ? undefined : letterIn<E>(stored);
      if (letter === undefined) this.#removeFromStore(stored.id);
      else {
        this.#remember(keyOf(letter), { id: stored.id, createdAt: stored.createdAt });
        if (this.#subject.observed) this.#subject.next(letter);
        else this.#unseen.push(letter);
      }
    }
    for (const [key, { id, createdAt }] of this.#stored) this.#stored.set(key, { id, createdAt });
    this.#letClose();
  }

  /** Called when the store opened late or has lost its batches. Letters that are not in memory any more are lost. */
  #putAgain(): void {
    for (const [key, { batch }] of this.#stored) {
      if (batch === undefined) this.#stored.delete(key);
      else this.#spool.put(batch);
    }
  }

  #letClose(): void {
    this.#canClose = true;
    for (const onClosed of this.#closeLater.splice(0)) this.#close(onClosed);
  }

  #close(onClosed?: () => void): void {
    this.#isClosed = true;
    this.#spool.close(onClosed);
  }

  /** Letters whose batch was created before this time are expired. */
  get #oldest(): number {
    return this.#env.scheduler.now() - this.#spool.maxAgeMs;
  }

  /** Removes expired letters, which frees capacity. */
  #removeExpired(): void {
    const oldest = this.#oldest;
    if (this.#earliest >= oldest) return;
    this.#earliest = Infinity;
    for (const [key, letter] of this.#stored) {
      if (letter.createdAt >= oldest) {
        this.#remember(key, letter);
        continue;
      }
      this.#stored.delete(key);
      this.#removeFromStore(letter.id);
    }
  }

  #remember(key: string, letter: StoredLetter): void {
    this.#stored.set(key, letter);
    this.#earliest = Math.min(this.#earliest, letter.createdAt);
  }

  #removeFromStore(id: string): void {
    this.#spool.replace(batchOf<unknown>({ id, sequence: 0, createdAt: 0, events: [], reason: 'flush' }), []);
  }
}

const keyOf = ({ sink, batch: { id } }: Pick<DeadLetter<unknown>, 'sink' | 'batch'>): string => JSON.stringify([sink, id]);

/** `undefined` if it is not a valid dead letter: stores may be edited, and events may have been unreadable. */
function letterIn<E>({ events }: EventBatch<unknown>): DeadLetter<E> | undefined {
  const [header, ...rest] = events;
  if (!isHeader(header) || rest.length === 0) return undefined;
  const { sink, attempts, error, batch } = header;
  return {
    sink,
    attempts,
    batch: batchOf<E>({ ...batch, events: rest as E[] }),
    error: new SinkError(error.kind, error.message, { code: error.code }),
  };
}

const isHeader = (value: unknown): value is Header =>
  isObject(value) && typeof value.sink === 'string' && isObject(value.error) && isObject(value.batch) && typeof value.batch.id === 'string';
