import type { Observable, OperatorFunction, SchedulerLike, Subscriber, Subscription } from 'rxjs';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch, FlushReason } from '../event/event.js';
import { newId as defaultNewId } from '../event/new-id.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aDelay, aFunction, anInteger, aScheduler, checkOption } from '../internal/check-option.js';
import { jsonBytes } from '../internal/json-bytes.js';
import { operate } from '../internal/operate.js';
import type { OnReject, RejectReason } from '../ledger/drop-reason.js';
import { safeOnReject } from './step.js';

/** When a batch is full, heavy or old enough to be cut. */
export interface BatchLimits {
  /** Events per batch. @default 100 */
  readonly maxCount?: number | undefined;
  /** UTF-8 bytes of the JSON array of the events, brackets and commas included. @default Infinity: nothing is measured */
  readonly maxBytes?: number | undefined;
  /** Milliseconds from the batch's first event; 0 or `Infinity` means no timer. @default 30_000 */
  readonly maxAgeMs?: number | undefined;
}

export interface BatchOptions<E> extends BatchLimits {
  /** Cuts right after an event for which it says true. One that throws costs that event (`'stage_error'`). @default never */
  readonly urgent?: ((event: E) => boolean) | undefined;
  /** Cuts, with reason `'flush'`, whenever it emits. Its error is the stream's. @default never */
  readonly flushWhen?: Observable<unknown> | undefined;
  /** Limits that change while the stream runs; the open batch obeys them at once. What is left out falls back to the options' own. */
  readonly limits$?: Observable<BatchLimits> | undefined;
  /** The bytes of an event's JSON, for who knows them already. @default measured by `JSON.stringify`, only while `maxBytes` is set */
  readonly sizeOf?: ((event: E) => number) | undefined;
  /** Clock and timer. @default `asyncScheduler`, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
  /** Ids of batches. @default UUID v7 */
  readonly newId?: (() => string) | undefined;
  /** Told about events that fit no batch (`'too_large'`), have no JSON (`'invalid'`), or were still open when the source failed (`'stage_error'`). */
  readonly onReject?: OnReject<E> | undefined;
}

const DEFAULTS = { maxCount: 100, maxBytes: Infinity, maxAgeMs: 30_000 };

/**
 * Gathers events into batches, and cuts each by count, bytes, age, urgency or on demand, whichever comes first.
 *
 * ```
 * source   --a--b--c--------d-----------|
 *          batch({ maxCount: 3, maxAgeMs: 8 })
 * result   --------B1---------------B2--|        B1 = [a b c] 'count', B2 = [d] 'age'
 *
 * source   --a--b-----c--d--|
 *          batch({ urgent: (e) => e === b })
 * result   -----B1----------(B2|)                B1 = [a b] 'urgent', B2 = [c d] 'complete'
 * ```
 *
 * With `maxCount` alone it is `bufferCount` in an envelope. Unlike `bufferTime` it emits no empty batch, starts the age at a batch's first
 * event, and has no timer while nothing is open. A batch never exceeds a limit; `events` is frozen.
 *
 * On completion the open batch is cut (`'complete'`). On error its events are rejected and the error passes. On unsubscription they are
 * let go and the timer ends.
 *
 * @throws TypeError for an option outside its range
 * @example
 * const seen: string[] = [];
 * of('a', 'b', 'c').pipe(batch({ maxCount: 2 })).subscribe(({ events, reason }) => seen.push(`${events.join('')} ${reason}`));
 * expect(seen).to.deep.equal(['ab count', 'c complete']);
 */
export function batch<E>(options: BatchOptions<E> = {}): OperatorFunction<E, EventBatch<E>> {
  const { urgent, flushWhen, limits$, sizeOf, scheduler, newId, onReject } = options;
  checkLimits(options);
  for (const [name, callback] of Object.entries({ urgent, sizeOf, newId, onReject })) {
    if (callback !== undefined) checkOption(name, callback, aFunction);
  }
  if (scheduler !== undefined) checkOption('scheduler', scheduler, aScheduler);
  return operate<E, EventBatch<E>>((destination) => {
    const open = new OpenBatch<E>(destination, {
      urgent,
      sizeOf: sizeOf ?? jsonBytes,
      scheduler: scheduler ?? backgroundScheduler,
      newId: newId ?? defaultNewId,
      reject: safeOnReject(onReject),
    });
    open.setLimits(options);
    destination.add(() => {
      open.disarm();
    });
    const fail = (error: unknown): void => {
      open.rejectAll(error);
      destination.error(error);
    };
    destination.add(
      limits$?.subscribe({
        next: (limits) => {
          try {
            checkLimits(limits);
          } catch (error) {
            fail(error);
            return;
          }
          open.setLimits({ ...options, ...limits });
        },
        error: fail,
      }),
    );
    destination.add(
      flushWhen?.subscribe({
        next: () => {
          open.cut('flush');
        },
        error: fail,
      }),
    );
    return {
      next: (event) => {
        open.add(event);
      },
      error: fail,
      complete: () => {
        open.cut('complete');
        destination.complete();
      },
    };
  });
}

function checkLimits({ maxCount, maxBytes, maxAgeMs }: BatchLimits): void {
  if (maxCount !== undefined) checkOption('maxCount', maxCount, anInteger(1));
  if (maxBytes !== undefined) checkOption('maxBytes', maxBytes, anInteger(BRACKETS, true));
  if (maxAgeMs !== undefined) checkOption('maxAgeMs', maxAgeMs, aDelay());
}

const BRACKETS = 2;
const COMMA = 1;

interface BatchTools<E> {
  readonly urgent: ((event: E) => boolean) | undefined;
  readonly sizeOf: (event: E) => number;
  readonly scheduler: SchedulerLike;
  readonly newId: () => string;
  readonly reject: OnReject<E>;
}

/** The batch that is being filled. */
class OpenBatch<E> {
  readonly #destination: Subscriber<EventBatch<E>>;
  readonly #tools: BatchTools<E>;
  #maxCount = DEFAULTS.maxCount;
  #maxBytes = DEFAULTS.maxBytes;
  #maxAgeMs = DEFAULTS.maxAgeMs;
  #events: E[] = [];
  /** Asked for with the first event, so that an id source that throws costs that event and not the stream. */
  #id = '';
  /** Of the JSON array so far; meaningful while `#maxBytes` is finite. */
  #bytes = BRACKETS;
  /** When the first event came, from the scheduler's clock. */
  #openedAt = 0;
  #timer: Subscription | undefined;
  /** Of the last batch that was cut. */
  #sequence = 0;

  constructor(destination: Subscriber<EventBatch<E>>, tools: BatchTools<E>) {
    this.#destination = destination;
    this.#tools = tools;
  }

  add(event: E): void {
    const size = this.#maxBytes === Infinity ? 0 : this.#measure(event);
    if (size === undefined) return;
    let isUrgent = false;
    try {
      if (this.#tools.urgent !== undefined) isUrgent = this.#tools.urgent(event);
      if (this.#events.length === 0) this.#id = this.#tools.newId();
    } catch (error) {
      this.#tools.reject(event, 'stage_error', error);
      return;
    }
    if (this.#events.length === 0) this.#open();
    this.#events.push(event);
    this.#bytes += this.#events.length === 1 ? size : size + COMMA;
    if (this.#events.length >= this.#maxCount) this.cut('count');
    else if (isUrgent) this.cut('urgent');
  }

  cut(reason: FlushReason): void {
    if (this.#events.length === 0) return;
    const events = this.#take();
    this.#destination.next(
      batchOf({
        id: this.#id,
        sequence: (this.#sequence += 1),
        createdAt: this.#tools.scheduler.now(),
        events,
        reason,
        parentId: undefined,
      }),
    );
  }

  setLimits({ maxCount, maxBytes, maxAgeMs }: BatchLimits): void {
    this.#maxCount = maxCount ?? DEFAULTS.maxCount;
    this.#maxBytes = maxBytes ?? DEFAULTS.maxBytes;
    this.#maxAgeMs = maxAgeMs ?? DEFAULTS.maxAgeMs;
    if (this.#events.length === 0) return;
    // What is open goes in again, so that it is measured and cut as if the new limits had held from the start; its age goes on.
    const openedAt = this.#openedAt;
    for (const event of this.#take()) this.add(event);
    if (this.#events.length === 0) return;
    this.#openedAt = openedAt;
    this.#arm();
  }

  rejectAll(error: unknown): void {
    for (const event of this.#take()) this.#tools.reject(event, 'stage_error', error);
  }

  disarm(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  /** The event's bytes, once there is room for them; `undefined` for an event that was rejected. */
  #measure(event: E): number | undefined {
    let size: number;
    try {
      size = this.#tools.sizeOf(event);
    } catch (error) {
      return this.#reject(event, 'invalid', error);
    }
    if (BRACKETS + size > this.#maxBytes) return this.#reject(event, 'too_large');
    // Once is not always enough: whoever gets the batch may add events of its own before this one.
    while (this.#events.length > 0 && this.#bytes + COMMA + size > this.#maxBytes) this.cut('bytes');
    return size;
  }

  #reject(event: E, reason: RejectReason, error?: unknown): undefined {
    this.#tools.reject(event, reason, error);
    return undefined;
  }

  #open(): void {
    this.#openedAt = this.#tools.scheduler.now();
    this.#arm();
  }

  #arm(): void {
    this.disarm();
    if (this.#maxAgeMs === 0 || this.#maxAgeMs === Infinity || this.#destination.closed) return;
    const remainingMs = this.#openedAt + this.#maxAgeMs - this.#tools.scheduler.now();
    this.#timer = this.#tools.scheduler.schedule(
      () => {
        this.cut('age');
      },
      Math.max(0, remainingMs),
    );
  }

  /** Swaps before anything is emitted, so that a re-entrant event starts a batch of its own. */
  #take(): E[] {
    const events = this.#events;
    this.#events = [];
    this.#bytes = BRACKETS;
    this.disarm();
    return events;
  }
}
