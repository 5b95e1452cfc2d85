import { defer, EMPTY, map, Subscription, throwError, type ObservableInput, type SchedulerLike } from 'rxjs';
import type { EventBatch } from '../event/event.js';
import { SinkError, toSinkError } from '../errors/sink-error.js';
import { anArray, checkArgument } from '../internal/check-option.js';
import { utf8Length } from '../internal/json-bytes.js';
import { AnswerLimits } from './answer-limits.js';
import { isObservableInput, observeAnswer } from './attempt.js';
import type { LaneSpool, LaneStoreSession, RecoveredBatches, RecoveryEvents, StoreChange, StoredBatch, StoreLimits } from './lane-spool.js';
import { batchIn, jsonOf } from './stored-json.js';

/** A batch in the store. Its parts get positions from `position` up to `position + width`. */
interface Place {
  readonly position: number;
  readonly width: number;
  state: 'writing' | 'safe' | 'refused';
  /** The latest change that writes it. An earlier change may be answered later. */
  change?: StoreChange | undefined;
  readonly count: number;
  readonly bytes: number;
  /** Events that can't be read, and are only in memory. */
  readonly unreadable: ReadonlySet<unknown>;
  /** The batch, if the store may lose it and can't read it back. */
  readonly copy: EventBatch<unknown> | undefined;
}

/** The dependencies of a spool. */
export interface SpoolEnv {
  readonly onError: (error: unknown) => void;
  readonly limits: StoreLimits;
  readonly scheduler: SchedulerLike;
}

/**
 * Writes the changes of a lane's batches to its store.
 *
 * ```
 * lane     offer ─► attempt, retry ─► settled      half fails: remainder under a new id
 * store    put                        remove       remove and put in one step
 * ```
 *
 * A batch that the store refused is delivered from memory.
 */
export class Spool<E> implements LaneSpool<E> {
  readonly #session: LaneStoreSession;
  readonly #onError: (error: unknown) => void;
  readonly #bounds: StoreLimits;
  readonly #limits: AnswerLimits;
  readonly #places = new Map<string, Place>();
  /** Number of events in places that are not refused. */
  #events = 0;
  #bytes = 0;
  #writing = 0;
  #onWritten: () => void = nothing;
  readonly #recovery = new Subscription();
  /** Changes that wait until the store is open. */
  #early: (() => void)[] | undefined = [];
  /** Whether the store did not open in time. Changes are then ignored; if it opens later, the lane puts its batches again. */
  #isLate = false;
  #nextPosition = 0;
  /** If set, nothing more is written. */
  #isClosed = false;
  /** Closes the store when it is open. */
  #closeLater: (() => void) | undefined;
  #closing: 'begun' | 'done' | undefined;
  readonly #onClosed: (() => void)[] = [];

  constructor(session: LaneStoreSession, { onError, limits, scheduler }: SpoolEnv) {
    this.#session = session;
    this.#onError = onError;
    this.#bounds = limits;
    this.#limits = new AnswerLimits(scheduler);
  }

  get maxAgeMs(): number {
    return this.#bounds.maxAgeMs;
  }

  get writing(): number {
    return this.#writing;
  }

  recover(onRecovered: (batches: readonly EventBatch<E>[]) => void, { onWritten, onLost, onLate }: RecoveryEvents = {}): void {
    this.#onWritten = onWritten ?? nothing;
    const makeEarlyChanges = (): void => {
      // A refused change may cause further ones, which are appended to this list.
      for (const change of this.#early ?? []) change();
      this.#early = undefined;
    };
    const fail = (error: unknown): void => {
      limit.unsubscribe();
      this.#onError(error);
      if (this.#early === undefined && !this.#isLate) return;
      this.#isClosed = true;
      this.#isLate = false;
      makeEarlyChanges();
      onRecovered([]);
      this.#closeLater?.();
    };
    const limit = this.#limits.start('open', (error) => {
      this.#onError(error);
      this.#isLate = true;
      makeEarlyChanges();
      onLate?.();
    });
    const recovered$ = defer(() => this.#session.recover()).pipe(
      map((found: RecoveredBatches) => {
        checkArgument('recovered.batches', (found as Partial<RecoveredBatches> | undefined)?.batches, anArray);
        return found;
      }),
    );
    this.#recovery.add(
      recovered$.subscribe({
        next: ({ batches, damage, isLost }) => {
          limit.unsubscribe();
          const wasLate = this.#isLate;
          this.#isLate = false;
          if (damage !== undefined) this.#onError(damage);
          if (isLost) {
            this.#writeAgain();
            if (this.#session.read !== undefined) onLost?.();
          }
          const recovered = this.#read(batches);
          // Now, so that the lane's batches follow those of earlier runs.
          if (wasLate) onLost?.();
          const isFirst = wasLate || this.#early !== undefined;
          makeEarlyChanges();
          if (isFirst || !this.#isClosed) onRecovered(recovered);
          if (isFirst) this.#closeLater?.();
        },
        error: fail,
        complete: () => {
          if (this.#early !== undefined || this.#isLate)
            fail(new TypeError('Expected `recover` to emit what is in the store, and it completed'));
        },
      }),
    );
  }

  put(batch: EventBatch<E>): void {
    const { length } = batch.events;
    const isEarly = this.#early !== undefined;
    if (isEarly) this.#writing += length;
    this.#whenOpen(() => {
      if (isEarly) this.#writing -= length;
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

  isSafe({ id }: EventBatch<E>, event: E): boolean {
    const place = this.#places.get(id);
    return place?.state === 'safe' && !place.unreadable.has(event);
  }

  has(id: string): boolean {
    const place = this.#places.get(id);
    return this.#early !== undefined || (place !== undefined && place.state !== 'refused');
  }

  canRead({ id }: EventBatch<E>): boolean {
    const place = this.#places.get(id);
    return this.#session.read !== undefined && place?.state === 'safe' && place.unreadable.size === 0;
  }

  read({ id }: EventBatch<E>, onRead: (events: readonly E[]) => void, onFailed: (error: SinkError) => void): Subscription {
    let batch: EventBatch<E> | undefined;
    const reading = new Subscription();
    const end = (work: () => void): void => {
      reading.unsubscribe();
      work();
    };
    const fail = (error: unknown): void => {
      end(() => {
        onFailed(toSinkError(error));
      });
    };
    reading.add(
      defer(() => this.#session.read?.(id) ?? EMPTY).subscribe({
        next: (json) => {
          batch = json === undefined ? undefined : batchIn<E>(json);
        },
        error: fail,
        complete: () => {
          end(() => {
            onRead(batch?.id === id ? batch.events : []);
          });
        },
      }),
    );
    if (!reading.closed) reading.add(this.#limits.start('read a batch', fail));
    return reading;
  }

  close(onClosed: () => void = nothing): void {
    if (this.#closing === 'done') {
      onClosed();
      return;
    }
    this.#onClosed.push(onClosed);
    if (this.#closing === 'begun') return;
    this.#closing = 'begun';
    // The caller limits the time for closing.
    this.#limits.stop();
    const end = (): void => {
      this.#end();
    };
    // Discard changes that were not written: the lane has dropped their events.
    this.#early?.splice(0);
    const closeNow = (): void => {
      const couldOpen = !this.#isClosed;
      this.#isClosed = true;
      if (couldOpen) this.#observe(() => this.#session.close(), end, end);
      else end();
    };
    if (this.#early === undefined && !this.#isLate) closeNow();
    else this.#closeLater = closeNow;
    if (this.#isLate) end();
  }

  #end(): void {
    this.#closing = 'done';
    // If the store is late, stay subscribed, to close it when it opens.
    if (!this.#isLate) this.#recovery.unsubscribe();
    for (const each of this.#onClosed.splice(0)) each();
  }

  /** Writes the copies of all batches again. A batch without a copy is not safe any more; if the lane has it in memory, the lane puts it again. */
  #writeAgain(): void {
    for (const [id, place] of this.#places) {
      const json = place.copy && jsonOf(place.copy, new Set());
      const isRefused = place.state === 'refused';
      place.state = json === undefined ? 'refused' : 'writing';
      if (isRefused !== (json === undefined)) this.#count(place, isRefused ? 1 : -1);
      if (json === undefined) place.change = undefined;
      else this.#write({ put: [{ id, position: place.position, json }], remove: [] });
    }
  }

  /** No copy if the store can read batches back: otherwise memory would grow with the store. */
  #copyOf(batch: EventBatch<E>): EventBatch<E> | undefined {
    return this.#session.read === undefined ? batch : undefined;
  }

  /** Parses the stored batches. Unreadable ones are reported and removed. */
  #read(stored: readonly StoredBatch[]): EventBatch<E>[] {
    const unread: string[] = [];
    const batches: EventBatch<E>[] = [];
    for (const [index, { id, position, json }] of stored.entries()) {
      const batch = batchIn<E>(json);
      if (batch?.id !== id) unread.push(id);
      else {
        // A part of a batch ends where the next part begins.
        const width = Math.min(Math.floor(position) + 1, stored[index + 1]?.position ?? Infinity) - position;
        const { length: count } = batch.events;
        const copy = this.#copyOf(batch);
        this.#enter(id, { position, width, state: 'safe', count, bytes: utf8Length(json), unreadable: NO_EVENTS, copy });
        // Batches of this run get positions after those of earlier runs.
        this.#nextPosition = Math.max(this.#nextPosition, Math.floor(position) + 1);
        batches.push(batch);
      }
    }
    if (unread.length > 0) {
      this.#onError(damaged(unread.length));
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
    if (this.#isClosed || this.#isLate) return;
    for (const id of remove) this.#leave(id);
    const share = width / Math.max(1, batches.length);
    const put: StoredBatch[] = [];
    for (const [index, batch] of batches.entries()) {
      const unreadable = new Set<unknown>();
      const json = jsonOf(batch, unreadable);
      if (json === undefined) continue;
      const place: Place = {
        position: position + index * share,
        width: share,
        state: 'writing',
        count: batch.events.length - unreadable.size,
        bytes: utf8Length(json),
        unreadable,
        copy: this.#copyOf(batch),
      };
      // Parts of a batch replace it, so they always fit.
      if (remove.length === 0 && this.#isBeyondLimits(place)) continue;
      this.#enter(batch.id, place);
      put.push({ id: batch.id, position: place.position, json });
    }
    if (put.length > 0 || remove.length > 0) this.#write({ put, remove });
  }

  #isBeyondLimits({ count, bytes }: Place): boolean {
    const { maxEvents, maxBytes } = this.#bounds;
    const isBeyond = this.#events + count > maxEvents || this.#bytes + bytes > maxBytes;
    if (isBeyond) {
      const message = `The store has ${String(this.#events)} events of ${String(this.#bytes)} bytes already`;
      this.#onError(new SinkError('unavailable', message, { code: 'SPOOL_FULL' }));
    }
    return isBeyond;
  }

  #enter(id: string, place: Place): void {
    this.#leave(id);
    this.#places.set(id, place);
    this.#count(place, 1);
  }

  #leave(id: string): void {
    const place = this.#places.get(id);
    if (place === undefined) return;
    this.#places.delete(id);
    if (place.state !== 'refused') this.#count(place, -1);
  }

  #count({ count, bytes }: Place, sign: 1 | -1): void {
    this.#events += sign * count;
    this.#bytes += sign * bytes;
  }

  #write(change: StoreChange): void {
    if (this.#isClosed) return;
    const written = change.put.flatMap(({ id }) => this.#places.get(id) ?? []);
    for (const place of written) place.change = change;
    const count = written.reduce((sum, place) => sum + place.count, 0);
    this.#writing += count;
    let isLate = false;
    let isAnswered = false;
    const limit = new Subscription();
    const settle = (state: 'safe' | 'refused'): void => {
      limit.unsubscribe();
      if (!isAnswered) this.#writing -= count;
      isAnswered = true;
      for (const place of written) {
        if (place.change !== change || place.state === state) continue;
        // The batch may have left the store meanwhile.
        const isHere = change.put.some(({ id }) => this.#places.get(id) === place);
        // A change that was answered after the time limit counted as refused, but is stored.
        if (isHere && (state === 'refused' || place.state === 'refused')) this.#count(place, state === 'safe' ? 1 : -1);
        place.state = state;
      }
      if (isLate) this.#onWritten();
    };
    this.#observe(
      () => this.#session.write(change),
      () => {
        settle('safe');
      },
      () => {
        settle('refused');
      },
    );
    isLate = true;
    if (isAnswered) return;
    limit.add(
      this.#limits.start('write', (error) => {
        this.#onError(error);
        settle('refused');
      }),
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

const damaged = (count: number): SinkError =>
  new SinkError('write_failed', `${String(count)} stored batches are not readable`, { code: 'SPOOL_DAMAGED' });

const NO_EVENTS: ReadonlySet<unknown> = new Set();
const nothing = (): void => undefined;
