import type { OperatorFunction, SchedulerLike, Subscriber } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aDelay, aFunction, anArray, anInteger, aNumber, aScheduler, checkArgument, type Expectation } from '../internal/check-option.js';
import { operate } from '../internal/operate.js';
import { optionsOf } from '../internal/options.js';
import { StandingTimer } from '../internal/standing-timer.js';
import { WeightedGroups, type AggregateGroup, type QuantileSketch } from '../internal/weighted-groups.js';
import { steadyClock, type Elapsed } from '../internal/steady-clock.js';
import type { OnReject } from '../ledger/drop-reason.js';
import { safeOnReject } from './step.js';

/** Called with an event whose window was already emitted, and the milliseconds by which the event was late. */
export type OnLate<E> = (event: E, lateMs: number) => void;

export interface AggregateOptions<E, K> {
  /** Length of a window in milliseconds. Windows are aligned to the epoch, so that windows of several processes match. */
  readonly everyMs: number;
  /** The group of an event. @default its `type` */
  readonly by?: ((event: E) => K) | undefined;
  /** Returns a number of an event, for sums and quantiles. Values other than finite numbers are ignored. @default none */
  readonly of?: ((event: E) => number | undefined) | undefined;
  /** Milliseconds for which a window stays open after its end, measured by the newest timestamp. @default 0 */
  readonly graceMs?: number | undefined;
  /** Maximum number of keys per window; events with other keys share the group `other`. @default 1_000 */
  readonly maxKeys?: number | undefined;
  /** The quantiles to estimate, from 0 to 1; needs `of` and `sketch`. @default none */
  readonly shares?: readonly number[] | undefined;
  /** Creates a sketch for a group: `() => new DDSketch()` of `@datadog/sketches-js`. @default none */
  readonly sketch?: (() => QuantileSketch) | undefined;
  /** Milliseconds without an event after which all open windows are emitted. @default Infinity: windows wait for a later event or completion */
  readonly idleMs?: number | undefined;
  /**
   * Milliseconds by which a timestamp may be ahead of the clock. Events further ahead are rejected (`'invalid'`): otherwise one wrong clock would
   * make all other events late. @default 60_000
   */
  readonly maxAheadMs?: number | undefined;
  /** Called with each late event. If it throws, the stream continues. */
  readonly onLate?: OnLate<E> | undefined;
  /** Called with events that have no usable `timestamp` or `weight` (`'invalid'`), or for which `by`, `of` or the sketch throws (`'stage_error'`). */
  readonly onReject?: OnReject<E> | undefined;
  /** Clock and timer. @default `asyncScheduler`, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The events of an interval of time. */
export interface AggregateWindow<K> {
  /** The start of the interval in milliseconds since the epoch, inclusive. */
  readonly from: number;
  /** The end of the interval, exclusive. */
  readonly to: number;
  /** The groups, heaviest first. */
  readonly groups: readonly AggregateGroup<K>[];
  /** The events whose key exceeded `maxKeys`, so that all groups together always contain all events of the window. */
  readonly other: AggregateGroup<undefined> | undefined;
}

const someShares: Expectation = {
  expected: 'an array of numbers from 0 to 1',
  accepts: (value) => anArray.accepts(value) && (value as unknown[]).every((each) => aNumber(0, 1).accepts(each)),
};
const OPTIONS = /* @__PURE__ */ optionsOf<AggregateOptions<AnalyticsEvent, unknown>, 'of' | 'sketch' | 'onLate' | 'onReject'>(() => ({
  everyMs: anInteger(1),
  by: [aFunction, (event) => event.type],
  of: [aFunction],
  graceMs: [aNumber(0), 0],
  maxKeys: [anInteger(1), 1_000],
  shares: [someShares, []],
  sketch: [aFunction],
  idleMs: [aDelay(1), Infinity],
  maxAheadMs: [{ expected: 'a number ≥ 0 or Infinity', accepts: (value) => typeof value === 'number' && value >= 0 }, 60_000],
  onLate: [aFunction],
  onReject: [aFunction],
  scheduler: [aScheduler, backgroundScheduler],
}));

/**
 * Counts and sums events by key in windows of their `timestamp`, each with its weight. The result estimates the offered events, not the sampled ones.
 *
 * ```
 * timestamps   --1--4--12--8--25-----|
 *              aggregate({ everyMs: 10, graceMs: 5 })
 * result       ---------------A------(BC|)    A = [0, 10) 3 events, B = [10, 20) 1 event, C = [20, 30) 1 event
 * ```
 *
 * A window is emitted when an event is `graceMs` or more past its end, after `idleMs` without an event, and on completion. Earlier windows are
 * emitted first; windows without events are not emitted. An event of an emitted window is late: `onLate` is called, and no window changes. At most
 * `graceMs / everyMs + 2` windows of `maxKeys` groups are held. The first `maxKeys` keys of a window have their own groups.
 *
 * On completion all open windows are emitted. On error and unsubscription they are dropped. Source of the window model (event time, watermark,
 * allowed lateness): the Dataflow paper (Akidau et al., VLDB 2015).
 *
 * @throws TypeError for a missing, invalid or unknown option
 * @example
 * const at = (timestamp: number, value: number, weight = 1) => createEvent({ type: 'load', timestamp, weight, data: { value } });
 * const seen: unknown[] = [];
 * of(at(1, 30), at(999, 50, 10), at(1_000, 70))
 *   .pipe(aggregate({ everyMs: 1_000, of: ({ data }) => data.value }))
 *   .subscribe(({ from, groups: [group] }) => seen.push([from, group?.count, group?.weight, group?.numbers?.sum]));
 * expect(seen).to.deep.equal([[0, 2, 11, 530], [1_000, 1, 1, 70]]);
 */
export function aggregate<E extends AnalyticsEvent = AnalyticsEvent, K = string>(
  options: AggregateOptions<E, K>,
): OperatorFunction<E, AggregateWindow<K>> {
  const parsed = OPTIONS.parse(options);
  if (parsed.shares.length > 0) {
    checkArgument('of', parsed.of, aFunction);
    checkArgument('sketch', parsed.sketch, aFunction);
  }
  return operate<E, AggregateWindow<K>>((destination) => {
    const windows = new Windows<E, K>(parsed as unknown as Aggregation<E, K>, destination);
    destination.add(() => {
      windows.stop();
    });
    return {
      next: (event) => {
        windows.next(event);
      },
      complete: () => {
        windows.emitBefore(Infinity);
        destination.complete();
      },
    };
  });
}

/** The options of `aggregate`, checked and complete. */
type Aggregation<E, K> = Required<AggregateOptions<E, K>> & {
  readonly [O in Exclude<keyof AggregateOptions<E, K>, 'of' | 'sketch' | 'onLate' | 'onReject'>]: Exclude<
    AggregateOptions<E, K>[O],
    undefined
  >;
};

/** The open windows of one subscription. */
class Windows<E extends AnalyticsEvent, K> {
  readonly #options: Aggregation<E, K>;
  readonly #destination: Subscriber<AggregateWindow<K>>;
  readonly #reject: OnReject<E>;
  readonly #timer: StandingTimer;
  readonly #elapsed: Elapsed;
  /** The open windows by their start. */
  readonly #open = new Map<number, WeightedGroups<K>>();
  /** Windows that end at this time or earlier have been emitted. */
  #watermark = -Infinity;
  /** Start of the earliest open window. */
  #earliest = Infinity;
  /** End of the latest window so far. */
  #latestEnd = -Infinity;

  constructor(options: Aggregation<E, K>, destination: Subscriber<AggregateWindow<K>>) {
    const { scheduler } = options;
    this.#options = options;
    this.#destination = destination;
    this.#reject = safeOnReject(options.onReject);
    this.#elapsed = steadyClock(() => scheduler.now());
    this.#timer = new StandingTimer(scheduler, this.#elapsed, () => {
      this.emitBefore(this.#latestEnd);
    });
  }
  next(event: E): void {
    const { everyMs, graceMs, idleMs, maxAheadMs, scheduler, by, of, maxKeys } = this.#options;
    const { timestamp, weight } = event;
    if (!(Number.isFinite(timestamp) && weight > 0 && weight < Infinity && timestamp - scheduler.now() <= maxAheadMs)) {
      this.#reject(event, 'invalid');
      return;
    }
    const start = Math.floor(timestamp / everyMs) * everyMs;
    const end = start + everyMs;
    if (end <= this.#watermark) {
      this.#reportLate(event, this.#watermark - end);
      return;
    }
    const window = this.#open.get(start) ?? new WeightedGroups<K>(this.#options, maxKeys);
    try {
      window.add(by(event), weight, of?.(event));
    } catch (error) {
      this.#reject(event, 'stage_error', error);
      return;
    }
    this.#open.set(start, window);
    this.#earliest = Math.min(this.#earliest, start);
    this.#latestEnd = Math.max(this.#latestEnd, end);
    if (idleMs !== Infinity) {
      this.#timer.clear();
      this.#timer.set(idleMs);
    }
    this.emitBefore(timestamp - graceMs);
  }

  /** Emits the windows that end at a time or earlier. */
  emitBefore(time: number): void {
    if (time > this.#watermark) this.#watermark = time;
    while (this.#open.size > 0 && this.#earliest + this.#options.everyMs <= time && !this.#destination.closed) {
      const from = this.#earliest;
      const window = this.#open.get(from);
      // Removed before it is emitted, so that a re-entrant event sees a consistent state.
      this.#open.delete(from);
      this.#earliest = this.#earliestOpen();
      if (window === undefined) continue;
      this.#destination.next({ from, to: from + this.#options.everyMs, groups: window.list(), other: window.other() });
    }
  }

  /** Drops the open windows. */
  stop(): void {
    this.#timer.stop();
    this.#open.clear();
    this.#earliest = Infinity;
  }

  /** A loop, since there may be more windows than a call can have arguments. */
  #earliestOpen(): number {
    let earliest = Infinity;
    for (const start of this.#open.keys()) if (start < earliest) earliest = start;
    return earliest;
  }

  #reportLate(event: E, lateMs: number): void {
    try {
      this.#options.onLate?.(event, lateMs);
    } catch {
      // The event is lost anyway; an error of the callback must not affect the next one.
    }
  }
}
