import { asyncScheduler, catchError, firstValueFrom, NEVER, Observable, of, race, type SchedulerLike } from 'rxjs';
import type { CollectorOptions } from '../collector/collector-options.js';
import { EventCollector } from '../collector/event-collector.js';
import type { FlushOptions } from '../collector/lifecycle.js';
import type { FlushReport } from '../collector/flush-report.js';
import type { ConfigPatch } from '../config/options.js';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { environmentMetadata } from '../event/environment-metadata.js';
import type { Settlement } from '../features/settlement.js';
import type { TrackOptions } from '../features/with-settlements.js';
import { aDelay, anInteger, anything, checkArgument, oneOf } from '../internal/check-option.js';
import { Deadline } from '../internal/deadline.js';
import { GapClock, MAX_LATE_MS } from '../internal/gap-clock.js';
import { optionsOf } from '../internal/options.js';
import { steadyClock } from '../internal/steady-clock.js';
import { OVERFLOW_POLICIES, type LanePatch, type OverflowPolicy } from '../lane/lane-options.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import type { DeadLetter } from '../lane/delivery.js';
import { aMessagePort, type MessagePortLike } from './message-port.js';
import { portLink } from './port-link.js';
import { TALLY } from './port-messages.js';
import { portSink, type PortSink } from './port-sink.js';

/** The options that apply in the worker. Policy, sampling, consent and sinks are configured at the receiving collector. */
export interface PortCollectorOptions<E extends AnalyticsEvent = AnalyticsEvent> extends Pick<
  CollectorOptions<E>,
  'metadata' | 'enrichers' | 'redaction' | 'eventDefaults' | 'validate' | 'sessionId' | 'scheduler' | 'newId'
> {
  /** Maximum number of events per message. @default 100 */
  readonly maxCount?: number | undefined;
  /** Milliseconds that an event waits to be sent together with others; 0: until `maxCount` or `flush`. @default 10 */
  readonly maxAgeMs?: number | undefined;
  /** Maximum number of events on this side that the other side has not accepted yet. @default 10_000 */
  readonly maxEvents?: number | undefined;
  /** Which events are dropped beyond `maxEvents`. With `'block'`, `collect` returns `'dropped'` and `collectAsync` waits. @default 'block' */
  readonly overflow?: OverflowPolicy | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<PortCollectorOptions, CollectorOption>(() => ({
  maxCount: [/* @__PURE__ */ anInteger(1), 100],
  maxAgeMs: [/* @__PURE__ */ aDelay(), 10],
  maxEvents: [/* @__PURE__ */ anInteger(1), 10_000],
  overflow: [/* @__PURE__ */ oneOf(OVERFLOW_POLICIES), 'block'],
  // The collector checks these.
  metadata: [anything],
  enrichers: [anything],
  redaction: [anything],
  eventDefaults: [anything],
  validate: [anything],
  sessionId: [anything],
  scheduler: [anything],
  newId: [anything],
}));

type CollectorOption = 'metadata' | 'enrichers' | 'redaction' | 'eventDefaults' | 'validate' | 'sessionId' | 'scheduler' | 'newId';

/**
 * A collector for a worker, whose events go to the collector of another thread over a port.
 *
 * ```
 *   worker    collect ─► portCollector ─► batch ─► port ──┐
 *   worker    collect ─► portCollector ─► batch ─► port ──┼─► collectFromPort ─► collector ─► sinks
 *   main                               collect ───────────┘
 * ```
 *
 * It has one sink, the port. Ids and times are set on this side, order is kept, and an event is delivered once the other side has accepted it. While
 * the other side waits for capacity, this side fills up and then refuses events. `flush` and `shutdown` also flush the other side, and report its
 * sinks in addition to `port`. Values that aren't plain data are sent in their JSON form, for instance a Map as an object. Events that can't be read
 * fail, and are emitted on `deadLetters$`.
 *
 * Events still on this side when the thread is terminated are lost; the other side counts them. Listening doesn't keep the thread alive: call
 * `shutdown` at the end.
 *
 * @throws TypeError for an invalid or unknown option
 */
export function portCollector<E extends AnalyticsEvent = AnalyticsEvent>(
  port: MessagePortLike,
  options?: PortCollectorOptions<E>,
): EventCollector<E> {
  checkArgument('port', port, aMessagePort);
  const { maxCount, maxAgeMs, maxEvents, overflow, ...parsed } = OPTIONS.parse(options);
  const rest = parsed as Pick<PortCollectorOptions<E>, CollectorOption>;
  const tally = sharedTally();
  const link = portLink(port);
  // The other side knows the environment already: only the caller's own metadata is sent.
  const everywhere = environmentMetadata();
  let ownSession: string | undefined;
  const toInput = (event: E): EventInput => {
    const metadata = Object.entries(event.metadata).filter(([key, value]) => everywhere[key] !== value);
    return {
      ...event,
      sessionId: event.sessionId === ownSession ? undefined : event.sessionId,
      metadata: metadata.length === 0 ? undefined : Object.fromEntries(metadata),
    };
  };
  const sink = portSink<E>(link, toInput, tally);
  const lane: LanePatch = { maxEvents, overflow, concurrency: Infinity, timeoutMs: Infinity, breaker: false };
  const collector = new PortCollector<E>({ ...rest, config: { ...LETS_ALL_THROUGH, batch: { maxCount, maxAgeMs } }, lane }, sink, tally);
  if (rest.sessionId === undefined) ownSession = collector.sessionId;
  link.greet(tally);
  return collector;
}

const FLUSH_OPTIONS = /* @__PURE__ */ optionsOf<FlushOptions>(() => ({ timeoutMs: [/* @__PURE__ */ aDelay(), 30_000] }));

/** The policy of the other side applies, not one of this side. */
const LETS_ALL_THROUGH: ConfigPatch = {
  privacyLevel: 'full',
  categories: {
    performance: { minPriority: 'low', sampling: { rate: 1 } },
    system: { minPriority: 'low' },
  },
};

class PortCollector<E extends AnalyticsEvent> extends EventCollector<E> {
  readonly #sink: PortSink<E>;
  readonly #tally: Float64Array;
  /** A scheduler whose timers keep the process alive while a flush is awaited. */
  readonly #scheduler: SchedulerLike;
  /** The shutdown of this side, and the one that adds the other side's report. Each starts once, even with re-entrant calls. */
  #ownEnding: Promise<FlushReport> | undefined;
  #ending: Promise<FlushReport> | undefined;

  constructor(options: CollectorOptions<E>, sink: PortSink<E>, tally: Float64Array) {
    super({ ...options, sinks: [sink] });
    this.#sink = sink;
    this.#tally = tally;
    this.#scheduler = options.scheduler ?? asyncScheduler;
    // Only the outcome at the port's sink counts, not that of sinks that the user has added.
    this.deliveries$.subscribe(({ sink: name, status, batch }) => {
      if (name === sink.name && status !== 'delivered') this.#count(TALLY.gone, batch.events.length);
    });
  }

  override collect(event: EventInput<E>): CollectOutcome {
    // Count before collecting: the event may have been sent before the call returns.
    this.#count(TALLY.accepted, 1);
    const outcome = super.collect(event);
    if (outcome !== 'accepted') this.#count(TALLY.accepted, -1);
    return outcome;
  }

  override async collectAsync(event: EventInput<E>): Promise<CollectOutcome> {
    const outcome = await super.collectAsync(event);
    if (outcome === 'accepted') this.#count(TALLY.accepted, 1);
    return outcome;
  }

  override async collectTracked(event: EventInput<E>, options?: TrackOptions): Promise<Settlement> {
    // The event may be sent, and the thread terminated, long before it is settled.
    this.#count(TALLY.accepted, 1);
    let isAccepted = false;
    try {
      const settlement = await super.collectTracked(event, options);
      isAccepted = settlement.outcome === 'accepted';
      return settlement;
    } finally {
      if (!isAccepted) this.#count(TALLY.accepted, -1);
    }
  }

  override async flush(options?: FlushOptions): Promise<FlushReport> {
    const { timeoutMs } = FLUSH_OPTIONS.parse(options);
    const scheduler = this.#scheduler;
    const elapsed = steadyClock(() => scheduler.now());
    const startedAt = elapsed();
    const own = await super.flush({ timeoutMs });
    const tookMs = elapsed() - startedAt;
    // If it took that long, the process was stopped: the other side gets the whole time.
    const leftMs = tookMs - timeoutMs > MAX_LATE_MS ? timeoutMs : timeoutMs - tookMs;
    if (own.timedOut || leftMs <= 0) return own;
    // Without another side nothing is pending: its events have failed.
    const other$ = this.#sink.flushOtherEnd(leftMs).pipe(catchError(() => of(own)));
    const gaps = new GapClock(elapsed);
    const clock = { scheduler, elapsed, skipGap: (dueAt: number) => gaps.skipGap(dueAt) };
    const timeUp$ = new Observable<FlushReport>((subscriber) => {
      const deadline = new Deadline(clock, leftMs, () => {
        subscriber.next({ ...own, timedOut: true });
      });
      return () => {
        deadline.cancel();
      };
    });
    const other = await firstValueFrom(race(other$, leftMs === Infinity ? NEVER : timeUp$), { defaultValue: own });
    return { ...other, sinks: { ...other.sinks, ...own.sinks } };
  }

  override redeliver(deadLetter: DeadLetter<E>): boolean {
    const isOffered = super.redeliver(deadLetter);
    if (isOffered && deadLetter.sink === this.#sink.name) this.#count(TALLY.gone, -deadLetter.batch.events.length);
    return isOffered;
  }

  override shutdown(options?: FlushOptions): Promise<FlushReport> {
    const own = super.shutdown(options);
    if (own !== this.#ownEnding) {
      this.#ownEnding = own;
      this.#ending = own.then((report) => this.#withOtherEnd(report));
    }
    return this.#ending ?? own;
  }

  #withOtherEnd(own: FlushReport): FlushReport {
    const other = this.#sink.lastReport();
    return other === undefined ? own : { ...own, timedOut: own.timedOut || other.timedOut, sinks: { ...other.sinks, ...own.sinks } };
  }

  #count(place: number, count: number): void {
    this.#tally[place] = (this.#tally[place] ?? 0) + count;
  }
}

/** Counts that the other side can read after this thread was terminated. Without shared memory, the other side uses the last copy that it received. */
function sharedTally(): Float64Array {
  const { SharedArrayBuffer: Shared } = globalThis as { SharedArrayBuffer?: SharedArrayBufferConstructor };
  const bytes = Object.keys(TALLY).length * Float64Array.BYTES_PER_ELEMENT;
  return new Float64Array(Shared === undefined ? new ArrayBuffer(bytes) : new Shared(bytes));
}
