/**
 * Programs for `spec/load.process.spec.ts`, each run as a process with its own heap:
 * `node --expose-gc --max-old-space-size=MB --import tsx load.ts NAME EVENTS`. Prints its measurements as a line of JSON.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NEVER, Subject } from 'rxjs';
import {
  batch,
  createEvent,
  EventCollector,
  fanOut,
  type AnalyticsEvent,
  type CollectorOptions,
  type EventSink,
} from '../../../lib/index.js';

/** Capacity of a lane. */
const MAX_EVENTS = 20_000;
/** Events collected before sinks can run: one batch, so that an asynchronous sink can keep up. */
const PORTION = 100;
const CONFIG = { queue: { maxEvents: MAX_EVENTS }, batch: { maxAgeMs: 0 } };

const inputOf = (n: number) => ({ type: 'feature_used', data: { feature: 'search', n } });

/** A sink that only counts. */
class CountingSink implements EventSink {
  delivered = 0;

  constructor(
    readonly name: string,
    readonly answer: () => Promise<unknown> | undefined,
  ) {}

  async process({ events }: { readonly events: readonly AnalyticsEvent[] }): Promise<void> {
    await this.answer();
    this.delivered += events.length;
  }
}

/** Bytes on the heap after garbage collection. */
async function heapBytes(): Promise<number> {
  await nextTurn();
  gc?.();
  await nextTurn();
  gc?.();
  return process.memoryUsage().heapUsed;
}

async function collectAll(collector: EventCollector, events: number): Promise<void> {
  for (let n = 0; n < events; n += 1) {
    collector.collect(inputOf(n));
    if (n % PORTION === 0) await nextTurn();
  }
}

/** Compiles the code, and fills every table that is filled once. */
async function warmUp(options: CollectorOptions): Promise<void> {
  const collector = new EventCollector(options);
  await collectAll(collector, 3 * MAX_EVENTS);
  await collector.shutdown({ timeoutMs: 0 });
}

const programs: Readonly<Record<string, (events: number) => Promise<unknown>>> = {
  async 'good sinks'(events) {
    const options = () => ({
      config: CONFIG,
      sinks: [new CountingSink('prompt', () => undefined), new CountingSink('slow', () => nextTurn())],
    });
    await warmUp(options());
    const before = await heapBytes();
    const collector = new EventCollector(options());
    await collectAll(collector, events);
    await collector.flush();
    const growthBytes = (await heapBytes()) - before;
    return { growthBytes, stats: collector.stats() };
  },

  /** A lane that has been full keeps lists of the events to evict next. */
  async 'a sink that fell behind once'(events) {
    const maxCount = PORTION / 10;
    const sink = new CountingSink('slow', () => nextTurn());
    const collector = new EventCollector({ config: { ...CONFIG, batch: { maxCount, maxAgeMs: 0 } }, sinks: [sink] });
    const burst = 2 * MAX_EVENTS;
    for (let n = 0; n < burst; n += 1) collector.collect(inputOf(n));
    await collector.flush();
    const before = await heapBytes();
    for (let n = burst; n < events; n += 1) {
      collector.collect(inputOf(n));
      if (n % maxCount === 0) await nextTurn();
    }
    await collector.flush();
    return { growthBytes: (await heapBytes()) - before, burst, maxEvents: MAX_EVENTS, stats: collector.stats() };
  },

  async 'operators alone'(events) {
    const sinks = [new CountingSink('prompt', () => undefined), new CountingSink('slow', () => nextTurn())];
    const metadata = {};
    const template = createEvent(inputOf(0));
    const before = await heapBytes();
    const events$ = new Subject<AnalyticsEvent>();
    let settled = 0;
    const deliveries = events$.pipe(batch(CONFIG.batch), fanOut(sinks)).forEach(({ batch: { events: some } }) => {
      settled += some.length;
    });
    for (let n = 0; n < events; n += 1) {
      events$.next({ ...template, id: String(n), data: { feature: 'search', n }, metadata });
      if (n % PORTION === 0) await nextTurn();
    }
    events$.complete();
    await deliveries;
    return { growthBytes: (await heapBytes()) - before, settled, delivered: sinks.map((sink) => sink.delivered) };
  },

  async 'a dead sink'(events) {
    const options = () => ({ config: CONFIG, sinks: [{ name: 'dead', process: () => NEVER }], lane: { timeoutMs: Infinity } });
    await warmUp(options());
    let before = await heapBytes();
    const kept: AnalyticsEvent[] = [];
    const watched = new EventCollector({ config: CONFIG, sinks: [] });
    watched.subscribe((event) => kept.push(event));
    await collectAll(watched, MAX_EVENTS);
    await watched.shutdown();
    const bytesPerEvent = ((await heapBytes()) - before) / kept.length;
    kept.length = 0;
    before = await heapBytes();
    const collector = new EventCollector(options());
    await collectAll(collector, events);
    await collector.flush({ timeoutMs: 0 });
    return { growthBytes: (await heapBytes()) - before, bytesPerEvent, maxEvents: MAX_EVENTS, stats: collector.stats() };
  },

  async 'back-pressure'(events) {
    const maxEvents = 500;
    const sink = new CountingSink('slow', () => nextTurn());
    const collector = new EventCollector({ config: CONFIG, sinks: [sink], lane: { overflow: 'block', maxEvents } });
    const before = await heapBytes();
    let mostPending = 0;
    collector.batches$.subscribe(() => {
      mostPending = Math.max(mostPending, collector.stats().sinks.slow?.pending ?? 0);
    });
    let accepted = 0;
    for (let n = 0; n < events; n += 1) if ((await collector.collectAsync(inputOf(n))) === 'accepted') accepted += 1;
    await collector.flush();
    return { growthBytes: (await heapBytes()) - before, accepted, mostPending, maxEvents, stats: collector.stats() };
  },

  async 'types without end'(events) {
    const sampling = { rate: 0.5, minPerWindow: 1, windowMs: 60_000 };
    const collector = new EventCollector({ config: { ...CONFIG, sampling }, sinks: [new CountingSink('prompt', () => undefined)] });
    const collectTypes = async (from: number, to: number): Promise<void> => {
      for (let n = from; n < to; n += 1) {
        collector.track(`type_${String(n)}`, n);
        if (n % PORTION === 0) await nextTurn();
      }
      await collector.flush();
    };
    // Bounded tables are full by then.
    await collectTypes(0, 3 * MAX_EVENTS);
    const before = await heapBytes();
    await collectTypes(3 * MAX_EVENTS, events);
    return { growthBytes: (await heapBytes()) - before, stats: collector.stats() };
  },
};

console.log(JSON.stringify(await programs[process.argv[2] ?? '']?.(Number(process.argv[3]))));
