import { VirtualTimeScheduler } from 'rxjs';
import type { CollectorOptions } from '../collector/collector-options.js';
import { EventCollector } from '../collector/event-collector.js';
import type { FlushOptions } from '../collector/lifecycle.js';
import type { FlushReport } from '../collector/flush-report.js';
import type { AnalyticsEvent } from '../event/event.js';
import { aNumber, checkArgument, type Expectation } from '../internal/check-option.js';
import { runUntil } from '../internal/run-until.js';
import type { EventSink } from '../sink/sink.js';
import { MemorySink } from '../sinks/memory-sink.js';
import { ScriptedSink } from './scripted-sink.js';
import { seededRandom } from './seeded-random.js';
import { sequentialIds } from './sequential-ids.js';

/** The options of a collector. With the defaults, tests have the same result on every machine. */
export interface TestCollectorOptions<E extends AnalyticsEvent = AnalyticsEvent> extends CollectorOptions<E> {
  /** Scripted sinks without their own scheduler use the collector's. @default one `MemorySink` */
  readonly sinks?: readonly EventSink<E>[] | undefined;
  /** Added to the metadata that replaces the machine's: os and arch `'test'`, locale `'en'`, timezoneOffset 0. */
  readonly metadata?: CollectorOptions<E>['metadata'];
  /** @default 'session' */
  readonly sessionId?: string | undefined;
  /** @default one that starts at 0 */
  readonly scheduler?: VirtualTimeScheduler | undefined;
  /** @default `seededRandom(1)` */
  readonly random?: (() => number) | undefined;
  /** @default `sequentialIds()`: events and batches share one sequence */
  readonly newId?: (() => string) | undefined;
}

/** A collector in virtual time, and the functions that advance it. */
export interface TestCollector<E extends AnalyticsEvent = AnalyticsEvent, S extends EventSink<E> = MemorySink<E>> {
  readonly collector: EventCollector<E>;
  /** The first sink. */
  readonly sink: S;
  /** The collector's clock and timers. Pass it to sinks, stages and streams. */
  readonly scheduler: VirtualTimeScheduler;
  /** Advances time by `ms` milliseconds, and runs everything that is due. */
  readonly advance: (ms: number) => void;
  /**
   * Calls `collector.flush()`, advances time until it ends, and returns the report.
   *
   * A sink that returns a promise can't answer in virtual time: the report then has `timedOut`.
   *
   * @throws Error if the collector is shut down, or if no timer is left that could end the flush
   */
  readonly flush: (options?: FlushOptions) => FlushReport;
  /** Calls `collector.shutdown()` in the same way; a second call returns the same report. */
  readonly shutdown: (options?: FlushOptions) => FlushReport;
}

/**
 * Creates a collector for synchronous tests: virtual time, reproducible ids and randomness, and a sink that keeps all batches.
 *
 * Ages, retries, timeouts, breakers and deadlines need no real time and no promises: a day takes milliseconds.
 * `events$`, `batches$`, `deliveries$` and `diagnostics$` emit at their virtual instants. In a marble test, use a plain `EventCollector`:
 * `marbles` makes its time virtual.
 *
 * @throws the errors of `new EventCollector`
 * @example
 * const { collector, sink, advance } = testCollector({ config: { batch: { maxAgeMs: 5_000 } } });
 * collector.track('feature_used', { feature: 'search' });
 * advance(4_999);
 * expect(sink.getEvents()).to.deep.equal([]);
 * advance(1);
 * expect(sink.getEvents().map(({ reason, createdAt }) => [reason, createdAt])).to.deep.equal([['age', 5_000]]);
 */
export function testCollector<E extends AnalyticsEvent = AnalyticsEvent, S extends EventSink<E> = EventSink<E>>(
  options: TestCollectorOptions<E> & { readonly sinks: readonly S[] },
): TestCollector<E, S>;
export function testCollector<E extends AnalyticsEvent = AnalyticsEvent>(
  options?: TestCollectorOptions<E> & { readonly sinks?: undefined },
): TestCollector<E>;
export function testCollector<E extends AnalyticsEvent>(options: TestCollectorOptions<E> = {}): TestCollector<E, EventSink<E>> {
  const { scheduler = new VirtualTimeScheduler(), sinks = [new MemorySink<E>()], metadata } = options;
  checkArgument('scheduler', scheduler, aVirtualTimeScheduler);
  const onScheduler = (sink: EventSink<E>): void => {
    if (sink instanceof ScriptedSink) sink.runOn(scheduler);
  };
  sinks.forEach(onScheduler);
  class VirtualCollector extends EventCollector<E> {
    override registerSink(...[sink, lane]: Parameters<EventCollector<E>['registerSink']>): void {
      onScheduler(sink);
      super.registerSink(sink, lane);
    }
  }
  const collector = new VirtualCollector({
    ...options,
    sinks,
    scheduler,
    metadata: typeof metadata === 'function' ? () => ({ ...PLACE, ...metadata() }) : { ...PLACE, ...metadata },
    sessionId: options.sessionId ?? 'session',
    random: options.random ?? seededRandom(1),
    newId: options.newId ?? sequentialIds(),
  });

  /** Promises don't settle in virtual time: the report is taken from the diagnostic, which is emitted synchronously. */
  const conclude = (type: 'flush' | 'shutdown', begin: () => unknown): FlushReport => {
    let report: FlushReport | undefined;
    let isClosed = false;
    const subscription = collector.diagnostics$.subscribe({
      next: (diagnostic) => {
        if (diagnostic.type === type) report ??= diagnostic.report;
      },
      complete: () => (isClosed = true),
    });
    begin();
    while (report === undefined) {
      const [next] = scheduler.actions;
      if (isClosed) throw new Error('Expected a running collector, got one that is shut down');
      if (next === undefined) throw new Error(`Expected the ${type} to end in virtual time, but no timer is left`);
      runUntil(scheduler, next.delay);
    }
    subscription.unsubscribe();
    return report;
  };

  let ending: FlushReport | undefined;
  return {
    collector,
    sink: sinks[0] ?? new MemorySink<E>(),
    scheduler,
    advance: (ms) => {
      checkArgument('ms', ms, aNumber(0));
      runUntil(scheduler, scheduler.now() + ms);
    },
    flush: (withTimeout) => conclude('flush', () => collector.flush(withTimeout)),
    shutdown: (withTimeout) => (ending ??= conclude('shutdown', () => collector.shutdown(withTimeout))),
  };
}

/** Metadata that replaces the machine's. */
const PLACE = { os: 'test', arch: 'test', locale: 'en', timezoneOffset: 0 };

const aVirtualTimeScheduler: Expectation = {
  expected: 'a VirtualTimeScheduler',
  accepts: (value) => value instanceof VirtualTimeScheduler,
};
