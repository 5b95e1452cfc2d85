import { Subscription } from 'rxjs';
import { checkArgument, isFunction, type Expectation } from '../internal/check-option.js';
import { tryGet } from '../internal/try-get.js';
import type { LaneStats } from '../ledger/lane-ledger.js';
import type { CollectorStats } from '../ledger/ledger.js';

/** The part of `Meter` of `@opentelemetry/api` that `observeCollector` uses. */
export interface ObservableMeter {
  createObservableCounter(name: string, options: InstrumentOptions): object;
  createObservableUpDownCounter(name: string, options: InstrumentOptions): object;
  createObservableGauge(name: string, options: InstrumentOptions): object;
  addBatchObservableCallback(callback: (observations: MeterObservations) => void, instruments: object[]): void;
  removeBatchObservableCallback(callback: (observations: MeterObservations) => void, instruments: object[]): void;
}

/** @inline */
interface InstrumentOptions {
  readonly description: string;
  readonly unit: string;
}

/** Receives the values when metrics are collected. */
export interface MeterObservations {
  observe(instrument: object, value: number, attributes?: Record<string, string>): void;
}

/** The part of a collector that `observeCollector` reads. */
export interface ObservedCollector {
  stats(): CollectorStats;
}

/** Whether a value has these methods; false for a hostile proxy. */
const has =
  (...methods: readonly string[]) =>
  (value: unknown): boolean =>
    methods.every((method) => isFunction(tryGet(() => (value as Readonly<Record<string, unknown>>)[method])));

const aMeter: Expectation = {
  expected: 'a meter of `@opentelemetry/api` ≥ 1.3',
  accepts: /* @__PURE__ */ has(
    'createObservableCounter',
    'createObservableUpDownCounter',
    'createObservableGauge',
    'addBatchObservableCallback',
    'removeBatchObservableCallback',
  ),
};
const aCollector: Expectation = { expected: 'a collector', accepts: /* @__PURE__ */ has('stats') };

/**
 * Reports the ledger of a collector as metrics, until the returned Subscription is unsubscribed.
 *
 * | metric | kind | attributes |
 * |---|---|---|
 * | `rx_event_collector.events` | counter | `outcome`: `processed`, `filtered`, `sampled`, `invalid`, `closed`, `dropped`; with `dropped`, the `reason` |
 * | `rx_event_collector.waiting` | up-down counter | – |
 * | `rx_event_collector.batches` | counter | `reason` |
 * | `rx_event_collector.errors` | counter | – |
 * | `rx_event_collector.sink.events` | counter | `sink`; `outcome`: `delivered`, `failed`, `kept`, `dropped`; with `dropped`, the `reason` |
 * | `rx_event_collector.sink.pending` | up-down counter | `sink` |
 * | `rx_event_collector.sink.attempts` | counter | `sink`; `retry`: `false`, `true` |
 * | `rx_event_collector.sink.breaker` | gauge, 1 for the current `state` | `sink`; `state`: `closed`, `open`, `half-open` |
 *
 * `events` and `waiting` add up to the received events, and each sink's `events` and `pending` to the events offered to it and recovered. All values
 * of one collection are from one snapshot. The ledger is read only during collections.
 *
 * @param meter of `@opentelemetry/api`, which this package doesn't import
 * @throws TypeError for another collector or meter
 * @example
 * const collector = new EventCollector({ sinks: [new MemorySink()] });
 * // In an application: `metrics.getMeter('shop')` of `@opentelemetry/api`.
 * const create = (name: string) => ({ name });
 * const collections = new Set<unknown>();
 * const meter = {
 *   createObservableCounter: create,
 *   createObservableUpDownCounter: create,
 *   createObservableGauge: create,
 *   addBatchObservableCallback: (callback: unknown) => void collections.add(callback),
 *   removeBatchObservableCallback: (callback: unknown) => void collections.delete(callback),
 * };
 * const observed = observeCollector(collector, meter);
 * expect(collections.size).to.equal(1);
 * observed.unsubscribe();
 * expect(collections.size).to.equal(0);
 */
export function observeCollector(collector: ObservedCollector, meter: ObservableMeter): Subscription {
  checkArgument('collector', collector, aCollector);
  checkArgument('meter', meter, aMeter);
  const events = meter.createObservableCounter('rx_event_collector.events', {
    description: 'Events received by the collector, by outcome',
    unit: '{event}',
  });
  const waiting = meter.createObservableUpDownCounter('rx_event_collector.waiting', {
    description: 'Accepted events that are not in a batch yet',
    unit: '{event}',
  });
  const batches = meter.createObservableCounter('rx_event_collector.batches', { description: 'Batches, by reason', unit: '{batch}' });
  const errors = meter.createObservableCounter('rx_event_collector.errors', { description: 'Failed calls of sinks', unit: '{call}' });
  const sinkEvents = meter.createObservableCounter('rx_event_collector.sink.events', {
    description: 'Events settled by a sink, by outcome',
    unit: '{event}',
  });
  const pending = meter.createObservableUpDownCounter('rx_event_collector.sink.pending', {
    description: 'Events of a sink that are queued, in flight or awaiting retry',
    unit: '{event}',
  });
  const attempts = meter.createObservableCounter('rx_event_collector.sink.attempts', { description: 'Attempts of a sink', unit: '{call}' });
  const breaker = meter.createObservableGauge('rx_event_collector.sink.breaker', {
    description: "1 for the state of a sink's circuit breaker",
    unit: '1',
  });
  const instruments = [events, waiting, batches, errors, sinkEvents, pending, attempts, breaker];

  const observe = (observations: MeterObservations): void => {
    const stats = collector.stats();
    for (const [outcome, count] of Object.entries(outcomesOf(stats))) observations.observe(events, count, { outcome });
    for (const [reason, count] of Object.entries(stats.dropped)) observations.observe(events, count, { outcome: 'dropped', reason });
    // Events inside user stages count as waiting, too.
    observations.observe(waiting, stats.eventsBuffered + (stats.stagesIn ?? 0) - (stats.stagesOut ?? 0));
    for (const [reason, count] of Object.entries(stats.flushReasons)) observations.observe(batches, count, { reason });
    observations.observe(errors, stats.flushErrors);
    for (const [sink, lane] of Object.entries(stats.sinks)) {
      for (const outcome of ['delivered', 'failed', 'kept'] as const) observations.observe(sinkEvents, lane[outcome], { sink, outcome });
      for (const [reason, count] of Object.entries(lane.droppedBy))
        observations.observe(sinkEvents, count, { sink, outcome: 'dropped', reason });
      observations.observe(pending, lane.pending, { sink });
      observations.observe(attempts, lane.attempts - lane.retries, { sink, retry: 'false' });
      observations.observe(attempts, lane.retries, { sink, retry: 'true' });
      if (lane.breaker !== 'off')
        for (const state of STATES) observations.observe(breaker, state === lane.breaker ? 1 : 0, { sink, state });
    }
  };
  meter.addBatchObservableCallback(observe, instruments);
  return new Subscription(() => {
    meter.removeBatchObservableCallback(observe, instruments);
  });
}

const STATES: readonly LaneStats['breaker'][] = ['closed', 'open', 'half-open'];

const outcomesOf = (stats: CollectorStats): Readonly<Record<string, number>> => ({
  processed: stats.eventsProcessed,
  filtered: stats.eventsFiltered,
  sampled: stats.eventsSampledOut,
  invalid: stats.eventsInvalid,
  closed: stats.eventsClosed,
});
