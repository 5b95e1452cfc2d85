import { asyncScheduler, catchError, firstValueFrom, map, NEVER, of, race, timer, type SchedulerLike } from 'rxjs';
import type { CollectorOptions } from '../collector/collector-options.js';
import { EventCollector } from '../collector/event-collector.js';
import type { FlushOptions } from '../collector/lifecycle.js';
import type { FlushReport } from '../collector/flush-report.js';
import type { ConfigPatch } from '../config/options.js';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { environmentMetadata } from '../event/environment-metadata.js';
import { anObject, checkArgument } from '../internal/check-option.js';
import type { LanePatch } from '../lane/lane-options.js';
import type { CollectOutcome } from '../ledger/ledger.js';
import type { DeadLetter } from '../lane/delivery.js';
import { aMessagePort, type MessagePortLike } from './message-port.js';
import { portLink } from './port-link.js';
import { TALLY } from './port-messages.js';
import { portSink, type PortSink } from './port-sink.js';

/** What a worker decides by itself; policy, sampling, consent and sinks are the other end's. */
export interface PortCollectorOptions<E extends AnalyticsEvent = AnalyticsEvent> extends Pick<
  CollectorOptions<E>,
  'metadata' | 'enrichers' | 'redaction' | 'eventDefaults' | 'validate' | 'sessionId' | 'scheduler' | 'newId'
> {
  /** Events that cross at once, at most. @default 100 */
  readonly maxCount?: number | undefined;
  /** Milliseconds that an event waits for others to cross with it; 0: until `maxCount` or `flush`. @default 10 */
  readonly maxAgeMs?: number | undefined;
  /** Events on this side that the other end has not taken yet. @default 10_000 */
  readonly maxEvents?: number | undefined;
  /** What gives way beyond that; `block`: `collect` answers `'dropped'`, `collectAsync` waits. @default 'block' */
  readonly overflow?: LanePatch['overflow'];
}

/**
 * The collector of a worker whose events go to the collector of another thread, over a port.
 *
 * ```
 *   worker    collect ─► portCollector ─► batch ─► port ──┐
 *   worker    collect ─► portCollector ─► batch ─► port ──┼─► collectFromPort ─► collector ─► sinks
 *   main                               collect ───────────┘
 * ```
 *
 * It is a collector with one sink, the port: ids and times are fixed here, order is kept, and an event is delivered when the other end has
 * taken it. Where that end has to wait for room, this one fills up, and refuses in its turn. `flush` and `shutdown` have the other end flush,
 * too, and report its sinks beside the `port`. Events that can't be cloned fail, and are on `deadLetters$`.
 *
 * Whatever it holds when its thread is terminated is lost, and counted at the other end; listening keeps no thread alive: end with `shutdown`.
 *
 * @throws TypeError for an option outside its range
 */
export function portCollector<E extends AnalyticsEvent = AnalyticsEvent>(
  port: MessagePortLike,
  options: PortCollectorOptions<E> = {},
): EventCollector<E> {
  checkArgument('port', port, aMessagePort);
  checkArgument('options', options, anObject);
  const { maxCount, maxAgeMs = 10, maxEvents, overflow = 'block', ...rest } = options;
  const tally = sharedTally();
  const link = portLink(port);
  // What holds for every event of this thread is the other end's to say; what the caller gave crosses.
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
  if (options.sessionId === undefined) ownSession = collector.sessionId;
  link.greet(tally);
  return collector;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** What the other end has to decide is not decided here. */
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
  /** Its timers keep the process alive: somebody waits for a flush. */
  readonly #scheduler: SchedulerLike;
  /** The shutdown of this side, and the same with the other end's report: each is begun once, whoever asks from inside of it. */
  #ownEnding: Promise<FlushReport> | undefined;
  #ending: Promise<FlushReport> | undefined;

  constructor(options: CollectorOptions<E>, sink: PortSink<E>, tally: Float64Array) {
    super({ ...options, sinks: [sink] });
    this.#sink = sink;
    this.#tally = tally;
    this.#scheduler = options.scheduler ?? asyncScheduler;
    this.deliveries$.subscribe(({ status, batch }) => {
      if (status !== 'delivered') this.#count(TALLY.gone, batch.events.length);
    });
  }

  override collect(event: EventInput<E>): CollectOutcome {
    // Counted first: it may have crossed before the call returns.
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

  override async flush({ timeoutMs = DEFAULT_TIMEOUT_MS }: FlushOptions = {}): Promise<FlushReport> {
    const startedAt = this.#scheduler.now();
    const own = await super.flush({ timeoutMs });
    const leftMs = timeoutMs - (this.#scheduler.now() - startedAt);
    if (own.timedOut || leftMs <= 0) return own;
    // Nobody there: nothing is on its way any more, for what was has failed.
    const other$ = this.#sink.flushOtherEnd(leftMs).pipe(catchError(() => of(own)));
    const timeUp$ = leftMs === Infinity ? NEVER : timer(leftMs, this.#scheduler).pipe(map((): FlushReport => ({ ...own, timedOut: true })));
    const other = await firstValueFrom(race(other$, timeUp$), { defaultValue: own });
    return { ...other, sinks: { ...other.sinks, ...own.sinks } };
  }

  override redeliver(deadLetter: DeadLetter<E>): boolean {
    const isOffered = super.redeliver(deadLetter);
    if (isOffered) this.#count(TALLY.gone, -deadLetter.batch.events.length);
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

/** Two numbers that the other end can still read when this thread has been terminated; where memory can't be shared, its last copy has to do. */
function sharedTally(): Float64Array {
  const { SharedArrayBuffer: Shared } = globalThis as { SharedArrayBuffer?: SharedArrayBufferConstructor };
  const bytes = Object.keys(TALLY).length * Float64Array.BYTES_PER_ELEMENT;
  return new Float64Array(Shared === undefined ? new ArrayBuffer(bytes) : new Shared(bytes));
}
