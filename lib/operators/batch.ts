import { map, type Observable, type OperatorFunction, type SchedulerLike } from 'rxjs';
import { batchOf } from '../event/batch-of.js';
import type { EventBatch, FlushReason } from '../event/event.js';
import { newId as defaultNewId } from '../event/new-id.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aDelay, aFunction, anInteger, anObservable, aScheduler } from '../internal/check-option.js';
import { plainJsonBytes } from '../internal/json-bytes.js';
import { operate } from '../internal/operate.js';
import { optionsOf } from '../internal/options.js';
import { StandingTimer } from '../internal/standing-timer.js';
import { steadyClock } from '../internal/steady-clock.js';
import type { OnReject } from '../ledger/drop-reason.js';
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
  /** Limits that change while the stream runs; the open batch obeys them at once, and what is left of it keeps its age. What is left out falls back to the options' own. */
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
  sizeOf: [aFunction, plainJsonBytes],
  scheduler: [aScheduler, backgroundScheduler],
  newId: [aFunction, defaultNewId],
  onReject: [aFunction],
}));

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
  readonly sizeOf: (event: E) => number;
  readonly scheduler: SchedulerLike;
  readonly newId: () => string;
}

/** `batch` without its checks and defaults: a collector's bundle doesn't carry them. */
export function cutBatches<E>(options: BatchCutting<E>): OperatorFunction<E, EventBatch<E>> {
  const { urgent, flushWhen, limits$, sizeOf, scheduler, newId, onReject } = options;
  return operate<E, EventBatch<E>>((destination) => {
    const reject = safeOnReject(onReject);
    let { limits } = options;
    let open: E[] = [];
    /** Asked for with the first event, so that an id source that throws costs that event and not the stream. */
    let id = '';
    /** Of the JSON array so far; meaningful while `maxBytes` is finite. */
    let bytes = EMPTY_BYTES;
    const elapsed = steadyClock(() => scheduler.now());
    /** When the first event arrived, on the elapsed clock. */
    let openedAt = 0;
    const timer = new StandingTimer(scheduler, elapsed, () => {
      cut('age');
    });
    /** Of the last batch that was cut. */
    let sequence = 0;
    /** Greater than 0 while events are in hand that are neither open nor in a batch: what comes then waits, and so does the end. */
    let holds = 0;
    const late: E[] = [];
    let end: (() => void) | undefined;

    const add = (event: E): void => {
      let size = 0;
      try {
        if (limits.maxBytes !== Infinity) size = sizeOf(event) + COMMA;
      } catch (error) {
        reject(event, 'invalid', error);
        return;
      }
      if (EMPTY_BYTES + size > limits.maxBytes) {
        reject(event, 'too_large');
        return;
      }
      if (open.length > 0 && bytes + size > limits.maxBytes) {
        holding(() => {
          cut('bytes');
          add(event);
        });
        return;
      }
      let isUrgent = false;
      try {
        if (urgent !== undefined) isUrgent = urgent(event);
        if (open.length === 0) id = newId();
      } catch (error) {
        reject(event, 'stage_error', error);
        return;
      }
      if (open.length === 0) arm(0);
      open.push(event);
      bytes += size;
      if (open.length >= limits.maxCount) cut('count');
      else if (isUrgent) cut('urgent');
    };

    /** Does what may tell somebody of a batch while other events are in hand. */
    const holding = (work: () => void): void => {
      holds += 1;
      work();
      // Each of them may bring more.
      while (holds === 1 && late.length > 0) add(late.shift() as E);
      holds -= 1;
      if (holds === 0) end?.();
    };

    const cut = (reason: FlushReason): void => {
      if (open.length === 0) return;
      // The next event probably follows a full batch immediately, and needs the timer again.
      if (reason === 'count' || reason === 'bytes') timer.clear();
      else timer.stop();
      const events = take();
      sequence += 1;
      destination.next(batchOf({ id, sequence, createdAt: scheduler.now(), events, reason }));
    };

    /** Swaps before anything is emitted, so that a re-entrant event starts a batch of its own. */
    const take = (): E[] => {
      const events = open;
      open = [];
      bytes = EMPTY_BYTES;
      return events;
    };

    const arm = (ageMs: number): void => {
      const { maxAgeMs } = limits;
      openedAt = elapsed() - ageMs;
      if (maxAgeMs === 0 || maxAgeMs === Infinity || destination.closed) timer.clear();
      else timer.set(Math.max(0, maxAgeMs - ageMs));
    };

    const finish = (how: () => void): void => {
      if (holds > 0) end ??= how;
      else how();
    };

    const fail = (error: unknown): void => {
      finish(() => {
        for (const event of take()) reject(event, 'stage_error', error);
        destination.error(error);
      });
    };

    destination.add(() => {
      take();
      timer.stop();
    });
    destination.add(
      limits$?.subscribe({
        next: (given) => {
          limits = given;
          const ageMs = elapsed() - openedAt;
          timer.clear();
          // What is open goes in again, so that it is measured and cut as if the new limits had held from the start; its age goes on.
          holding(() => {
            for (const event of take()) add(event);
            if (open.length > 0) arm(ageMs);
          });
        },
        error: fail,
      }),
    );
    destination.add(
      flushWhen?.subscribe({
        next: () => {
          cut('flush');
        },
        error: fail,
      }),
    );
    return {
      next: (event) => {
        if (holds > 0) late.push(event);
        else add(event);
      },
      error: fail,
      complete: () => {
        finish(() => {
          cut('complete');
          destination.complete();
        });
      },
    };
  });
}

const COMMA = 1;
/** Two brackets, less the comma that the first event doesn't need. */
const EMPTY_BYTES = 2 - COMMA;
