import { map, type Observable, type OperatorFunction, type SchedulerLike, type Subscriber } from 'rxjs';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch, FlushReason } from '../event/event.js';
import { newId as defaultNewId } from '../event/new-id.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aDelay, aFunction, anInteger, anObservable, aScheduler } from '../internal/check-option.js';
import { jsonBytes } from '../internal/json-bytes.js';
import { operate } from '../internal/operate.js';
import { optionsOf } from '../internal/options.js';
import { StandingTimer } from '../internal/standing-timer.js';
import { steadyClock } from '../internal/steady-clock.js';
import type { OnReject, RejectReason } from '../ledger/drop-reason.js';
import { safeOnReject } from './step.js';

/** The limits at which a batch is cut. */
export interface BatchLimits {
  /** Maximum number of events per batch. @default 100 */
  readonly maxCount?: number | undefined;
  /** Maximum UTF-8 bytes of the JSON array of the events, including brackets and commas. @default Infinity: nothing is measured */
  readonly maxBytes?: number | undefined;
  /** Maximum milliseconds since the batch's first event; 0 or `Infinity` means no timer. @default 30_000 */
  readonly maxAgeMs?: number | undefined;
}

export interface BatchOptions<E> extends BatchLimits {
  /** Cuts the batch immediately after an event for which it returns true. If it throws, that event is rejected (`'stage_error'`). @default never */
  readonly urgent?: ((event: E) => boolean) | undefined;
  /** Cuts the open batch whenever it emits, with reason `'flush'`. Its error fails the stream. @default never */
  readonly flushWhen?: Observable<unknown> | undefined;
  /** Limits that change while the stream runs. They apply to the open batch immediately, without restarting its age. @default the limits of the options */
  readonly limits$?: Observable<BatchLimits> | undefined;
  /** Returns the bytes of an event's JSON. Called only while `maxBytes` is set. @default the bytes of the JSON that encoders write */
  readonly sizeOf?: ((event: E) => number) | undefined;
  /** Clock and timer. @default `asyncScheduler`, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
  /** Ids of batches. @default UUID v7 */
  readonly newId?: (() => string) | undefined;
  /**
   * Called with events that don't fit into any batch (`'too_large'`), have no JSON (`'invalid'`), or were still open when the source failed
   * (`'stage_error'`).
   */
  readonly onReject?: OnReject<E> | undefined;
}

/** @inline */
type Limits = Readonly<Record<keyof BatchLimits, number>>;

const limitRows = () =>
  ({ maxCount: [anInteger(1), 100], maxBytes: [anInteger(2, true), Infinity], maxAgeMs: [aDelay(), 30_000] }) as const;
const LIMITS = /* @__PURE__ */ optionsOf<Limits>(limitRows);
const OPTIONS = /* @__PURE__ */ optionsOf<BatchOptions<never>, 'urgent' | 'flushWhen' | 'limits$' | 'onReject'>(() => ({
  ...limitRows(),
  urgent: [aFunction],
  flushWhen: [anObservable],
  limits$: [anObservable],
  sizeOf: [aFunction, jsonBytes],
  scheduler: [aScheduler, backgroundScheduler],
  newId: [aFunction, defaultNewId],
  onReject: [aFunction],
}));

/**
 * Collects events into batches, and cuts each by count, bytes, age, urgency or on demand, whichever comes first.
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
 * With `maxCount` alone it works like `bufferCount`, but emits envelopes. Unlike `bufferTime` it emits no empty batch, measures age from a batch's
 * first event, and has no timer while no batch is open. A batch never exceeds a limit; `events` is frozen.
 *
 * On completion the open batch is cut (`'complete'`). On error its events are rejected and the error is passed on. On unsubscription they are dropped
 * and the timer ends.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const seen: string[] = [];
 * of('a', 'b', 'c').pipe(batch({ maxCount: 2 })).subscribe(({ events, reason }) => seen.push(`${events.join('')} ${reason}`));
 * expect(seen).to.deep.equal(['ab count', 'c complete']);
 */
export function batch<E>(options: BatchOptions<E> = {}): OperatorFunction<E, EventBatch<E>> {
  const { limits$, maxCount, maxBytes, maxAgeMs, ...tools } = OPTIONS.parse(options);
  const limits: Limits = { maxCount, maxBytes, maxAgeMs };
  return cutBatches<E>({
    ...(tools as Omit<BatchCutting<E>, 'limits'>),
    limits,
    limits$: limits$?.pipe(map((given) => LIMITS.parse(given, { base: limits }))),
  });
}

/** The options of `batch`, checked and complete. */
export interface BatchCutting<E> extends Pick<BatchOptions<E>, 'urgent' | 'flushWhen' | 'onReject'> {
  readonly limits: Limits;
  readonly limits$: Observable<Limits> | undefined;
  /** Emits a reason to reject the events of the open batch. */
  readonly rejectWhen?: Observable<RejectReason> | undefined;
  readonly sizeOf: (event: E) => number;
  readonly scheduler: SchedulerLike;
  readonly newId: () => string;
}

/** `batch` without its checks and defaults, so that a collector's bundle doesn't contain them. */
export function cutBatches<E>(options: BatchCutting<E>): OperatorFunction<E, EventBatch<E>> {
  return operate<E, EventBatch<E>>((destination) => {
    const batcher = new Batcher<E>(options, destination);
    const onError = (error: unknown): void => {
      batcher.fail(error);
    };
    destination.add(() => {
      batcher.stop();
    });
    destination.add(
      options.limits$?.subscribe({
        next: (limits) => {
          batcher.setLimits(limits);
        },
        error: onError,
      }),
    );
    destination.add(
      options.flushWhen?.subscribe({
        next: () => {
          batcher.cut('flush');
        },
        error: onError,
      }),
    );
    destination.add(
      options.rejectWhen?.subscribe((reason) => {
        batcher.rejectOpen(reason);
      }),
    );
    return {
      next: (event) => {
        batcher.next(event);
      },
      error: onError,
      complete: () => {
        batcher.complete();
      },
    };
  });
}

/** The open batch, and the batches that are cut from it. */
class Batcher<E> {
  readonly #options: BatchCutting<E>;
  readonly #destination: Subscriber<EventBatch<E>>;
  readonly #reject: OnReject<E>;
  readonly #elapsed: () => number;
  readonly #timer: StandingTimer;
  #limits: Limits;
  #open: E[] = [];
  /** Created with the first event, so that an id source that throws affects that event and not the stream. */
  #id = '';
  /** Bytes of the JSON array so far; maintained only while `maxBytes` is finite. */
  #bytes = EMPTY_BYTES;
  /** When the first event arrived, on the elapsed clock. */
  #openedAt = 0;
  /** Sequence number of the last batch. */
  #sequence = 0;
  /** Greater than 0 while some events are neither in the open batch nor in an emitted one. Later events and the end of the source then wait. */
  #holds = 0;
  readonly #late: E[] = [];
  #end: (() => void) | undefined;

  constructor(options: BatchCutting<E>, destination: Subscriber<EventBatch<E>>) {
    const { scheduler } = options;
    this.#options = options;
    this.#destination = destination;
    this.#reject = safeOnReject(options.onReject);
    this.#limits = options.limits;
    this.#elapsed = steadyClock(() => scheduler.now());
    this.#timer = new StandingTimer(scheduler, this.#elapsed, () => {
      this.cut('age');
    });
  }

  next(event: E): void {
    if (this.#holds > 0) this.#late.push(event);
    else this.#add(event);
  }

  cut(reason: FlushReason): void {
    if (this.#open.length === 0) return;
    // After a full batch the next event probably follows immediately, so the timer is only cleared, not stopped.
    if (reason === 'count' || reason === 'bytes') this.#timer.clear();
    else this.#timer.stop();
    const events = this.#take();
    this.#sequence += 1;
    const createdAt = this.#options.scheduler.now();
    this.#destination.next(batchOf({ id: this.#id, sequence: this.#sequence, createdAt, events, reason }));
  }

  /** The open events are measured and cut as if the new limits had applied from the start; their age continues. */
  setLimits(limits: Limits): void {
    const ageMs = this.#elapsed() - this.#openedAt;
    this.#limits = limits;
    this.#timer.clear();
    this.#hold(() => {
      for (const event of this.#take()) this.#add(event);
      if (this.#open.length > 0) this.#arm(ageMs);
    });
  }

  fail(error: unknown): void {
    this.#finish(() => {
      this.rejectOpen('stage_error', error);
      this.#destination.error(error);
    });
  }

  rejectOpen(reason: RejectReason, error?: unknown): void {
    this.#timer.stop();
    for (const event of this.#take()) this.#reject(event, reason, error);
  }

  complete(): void {
    this.#finish(() => {
      this.cut('complete');
      this.#destination.complete();
    });
  }

  /** Drops the open events. */
  stop(): void {
    this.#take();
    this.#timer.stop();
  }

  #add(event: E): void {
    const { urgent, sizeOf, newId } = this.#options;
    const { maxCount, maxBytes } = this.#limits;
    let size = 0;
    try {
      if (maxBytes !== Infinity) size = sizeOf(event) + COMMA;
    } catch (error) {
      this.#reject(event, 'invalid', error);
      return;
    }
    if (EMPTY_BYTES + size > maxBytes) {
      this.#reject(event, 'too_large');
      return;
    }
    if (this.#bytes + size > maxBytes) {
      this.#hold(() => {
        this.cut('bytes');
        this.#add(event);
      });
      return;
    }
    let isUrgent = false;
    try {
      if (urgent !== undefined) isUrgent = urgent(event);
      if (this.#open.length === 0) this.#id = newId();
    } catch (error) {
      this.#reject(event, 'stage_error', error);
      return;
    }
    if (this.#open.length === 0) this.#arm(0);
    this.#bytes += size;
    if (this.#open.push(event) >= maxCount) this.cut('count');
    else if (isUrgent) this.cut('urgent');
  }

  /** Runs work that may emit a batch; re-entrant events wait until it is done. */
  #hold(work: () => void): void {
    this.#holds += 1;
    work();
    // Adding a waiting event may add further ones.
    while (this.#holds === 1 && this.#late.length > 0) this.#add(this.#late.shift() as E);
    this.#holds -= 1;
    if (this.#holds === 0) this.#end?.();
  }

  /** Takes the events before anything is emitted, so that a re-entrant event starts a new batch. */
  #take(): E[] {
    const events = this.#open;
    this.#open = [];
    this.#bytes = EMPTY_BYTES;
    return events;
  }

  #arm(ageMs: number): void {
    const { maxAgeMs } = this.#limits;
    this.#openedAt = this.#elapsed() - ageMs;
    if (maxAgeMs === 0 || maxAgeMs === Infinity || this.#destination.closed) this.#timer.clear();
    else this.#timer.set(Math.max(0, maxAgeMs - ageMs));
  }

  #finish(how: () => void): void {
    if (this.#holds > 0) this.#end ??= how;
    else how();
  }
}

const COMMA = 1;
/** Two brackets, minus the comma that the first event doesn't need. */
const EMPTY_BYTES = 2 - COMMA;
