import { Observable, Subject, type SchedulerLike } from 'rxjs';
import { SinkError, toSinkError, type SinkErrorKind } from '../errors/sink-error.js';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch } from '../event/event.js';
import { isObject } from '../internal/check-option.js';
import type { DeadLetter } from './delivery.js';
import type { LaneSpool, LaneStore } from './lane-spool.js';

/** What a stored dead letter begins with; its events follow. */
interface Header {
  readonly sink: string;
  readonly attempts: number;
  readonly error: { readonly kind: SinkErrorKind; readonly message: string; readonly code: string };
  readonly batch: Omit<EventBatch, 'events'>;
}

/** A letter in the store. */
interface StoredLetter {
  readonly id: string;
  /** When its batch was created. */
  readonly createdAt: number;
  /** What was put, until the store is open. */
  readonly batch?: EventBatch<unknown> | undefined;
}

/** What stored dead letters need from their owner. */
export interface StoredDeadLettersEnv {
  readonly newId: () => string;
  readonly scheduler: SchedulerLike;
  /** Runs work that starts outside on the trampoline. */
  readonly enter: (work: () => void) => void;
  /** Whether consent is denied. */
  readonly isDenied: () => boolean;
  readonly onError: (error: SinkError) => void;
}

/** The name of their place in the store, which may be that of lanes, too. */
const PLACE = 'dead letters';

/**
 * Dead letters in a store, from their failure until they are offered again.
 *
 * ```
 * life 1   a fails for good ─► stored
 * life 2   recovered: a ─► deadLetters$ ─┬─ redeliver(a) ─► in the lane, removed from the store
 *                                        └─ discard(a) ─► removed from the store
 * ```
 *
 * Those older than the store's `maxAgeMs` are removed when the store is opened, and before another one is stored.
 */
export class StoredDeadLetters<E> {
  /** Those of earlier lives. Each is emitted once: to the observers of that time, or to the first one. */
  readonly earlier$: Observable<DeadLetter<E>>;
  readonly #env: StoredDeadLettersEnv;
  readonly #spool: LaneSpool<unknown>;
  readonly #subject = new Subject<DeadLetter<E>>();
  /** By sink and id of the batch. */
  readonly #stored = new Map<string, StoredLetter>();
  /** No letter in the store was created before. */
  #earliest = Infinity;
  #unseen: DeadLetter<E>[] = [];
  /** It is open, or did not open in time. */
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
      // An observer that takes only some leaves the others to the next one.
      while (!subscriber.closed) {
        const letter = this.#unseen.shift();
        if (letter === undefined) break;
        subscriber.next(letter);
      }
    });
  }

  /** Reads what earlier lives have left. Called once. */
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

  /** Removes a letter under the id that it had: it may have failed again meanwhile, and is stored under another one then. */
  remove(letter: DeadLetter<E>, id: string | undefined): void {
    if (id === undefined) return;
    const key = keyOf(letter);
    if (this.#stored.get(key)?.id === id) this.#stored.delete(key);
    this.#removeFromStore(id);
  }

  /** Empties the store: consent is denied. */
  purge(): void {
    this.#isPurged = !this.#isOpen;
    this.#unseen = [];
    for (const { id } of this.#stored.values()) this.#removeFromStore(id);
    this.#stored.clear();
  }

  /** Closes the store once it has what was put. Calls back then; each call does. */
  close(onClosed?: () => void): void {
    // A store that is not open yet would discard it.
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

  /** The store opened late, or has lost its batches: those that are not in memory any more are gone. */
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

  /** When the batch of a letter must have been created. */
  get #oldest(): number {
    return this.#env.scheduler.now() - this.#spool.maxAgeMs;
  }

  /** Makes room for others. */
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

/** `undefined` for what is no dead letter: stores may be edited, and events may have been unreadable. */
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
