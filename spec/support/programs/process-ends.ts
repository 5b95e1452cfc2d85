/**
 * Programs for `spec/process.spec.ts`, each run as a separate process: `node --import tsx process-ends.ts NAME`. The promises that a program awaits,
 * and its open handles, decide how the process ends. It prints its result as a line of JSON.
 */
import { NEVER, Subject, throwError } from 'rxjs';
import { EventCollector, live, MemorySink, SinkError, type AnalyticsEvent, type EventSink } from '../../../lib/index.js';

const HOUR_MS = 3_600_000;
const hanging = (name = 'hanging'): EventSink => ({ name, process: () => NEVER });
const never = (): Promise<never> => new Promise(() => undefined);

const programs: Readonly<Record<string, () => unknown>> = {
  /** Every kind of pending work in a collector that the program does not await. */
  idle() {
    const config = { batch: { maxAgeMs: HOUR_MS } };
    const open = new EventCollector({ config, sinks: [new MemorySink()] });
    const early = new EventCollector({ config });
    const held = new EventCollector({ config, sinks: [new MemorySink()], consent$: NEVER });
    const inFlight = new EventCollector({ config: { batch: { maxCount: 1 } }, sinks: [hanging()], lane: { timeoutMs: HOUR_MS } });
    const failing = new EventCollector({
      config: { batch: { maxCount: 1 } },
      sinks: [{ name: 'failing', process: () => throwError(() => new SinkError('unavailable', 'down', { retryAfterMs: HOUR_MS })) }],
      lane: { retry: { maxElapsedMs: 2 * HOUR_MS } },
    });
    const broken = new EventCollector({
      config: { batch: { maxCount: 1 } },
      sinks: [{ name: 'broken', process: () => throwError(() => new SinkError('unavailable', 'down')) }],
      lane: { retry: { baseDelayMs: 0 }, breaker: { failures: 1, openMs: HOUR_MS } },
    });
    return [open, early, held, inFlight, failing, broken].map((collector) => collector.track('feature_used'));
  },

  /** Subscriptions without events. */
  watching() {
    const collector = new EventCollector({ sinks: [hanging()], config: { batch: { maxAgeMs: HOUR_MS } } });
    collector.subscribe(() => undefined);
    collector.stats$.subscribe();
    collector.diagnostics$.subscribe();
    collector.deliveries$.subscribe();
    void (async () => {
      for await (const event of live(collector.events$)) console.error(`Not awaited: ${event.id}`);
    })();
    return collector.stats().eventsReceived;
  },

  async shutdown() {
    const collector = new EventCollector({ sinks: [hanging()] });
    collector.track('feature_used');
    return collector.shutdown({ timeoutMs: 200 });
  },

  async flush() {
    const collector = new EventCollector({ sinks: [hanging()] });
    collector.track('feature_used');
    return collector.flush({ timeoutMs: 200 });
  },

  async unregisterSink() {
    const collector = new EventCollector({ sinks: [hanging()] });
    collector.track('feature_used');
    return collector.unregisterSink('hanging', { timeoutMs: 200 });
  },

  /** The lane has capacity only after the timeout of the active attempt. */
  async collectAsync() {
    const lane = { overflow: 'block', maxEvents: 1, timeoutMs: 200, retry: { maxElapsedMs: 0 } } as const;
    const collector = new EventCollector({ sinks: [hanging()], lane, config: { batch: { maxCount: 1 } } });
    return Promise.all([1, 2, 3].map((data) => collector.collectAsync({ type: 'feature_used', data })));
  },

  /** Sinks whose `close` never resolves, and stages that never complete. */
  async 'a shutdown that nothing obeys'() {
    const sink: EventSink = { name: 'stubborn', process: never, flush: never, close: never };
    const stuck = new Subject<AnalyticsEvent>();
    const collector = new EventCollector({ sinks: [sink], stages: [() => stuck] });
    collector.track('feature_used');
    return collector.shutdown({ timeoutMs: 200 });
  },

  /** Awaits a promise that never settles: node exits with code 13. */
  nothing: never,
};

console.log(JSON.stringify(await programs[process.argv[2] ?? '']?.()));
