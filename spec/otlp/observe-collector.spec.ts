import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { expect } from 'chai';
import { NEVER } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { CollectorStats } from '../../lib/ledger/ledger.js';
import { observeCollector } from '../../lib/otlp/observe-collector.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { sinkOf } from '../support/sink-of.js';
import { until } from '../support/until.js';

describe('observeCollector', () => {
  let exporter: InMemoryMetricExporter;
  let provider: MeterProvider;

  beforeEach(() => {
    exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    // An interval beyond the test: only `forceFlush` collects.
    provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })] });
  });
  afterEach(() => provider.shutdown());

  /** What the SDK of OpenTelemetry exports, by metric and attributes; points with the value 0 are left out. */
  async function collected(): Promise<Readonly<Record<string, number>>> {
    exporter.reset();
    await provider.forceFlush();
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
    return Object.fromEntries(
      metrics
        .flatMap(({ descriptor, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => [[descriptor.name, ...Object.values(attributes)].join(' '), value as number] as const),
        )
        .filter(([, value]) => value !== 0)
        .map(([name, value]) => [name.replace('rx_event_collector.', ''), value]),
    );
  }

  it('exports the ledger through the SDK of OpenTelemetry', async () => {
    const refusing = sinkOf(
      () => {
        throw new SinkError('unavailable', 'No', { retryable: false });
      },
      { name: 'refusing' },
    );
    const collector = new EventCollector({
      sinks: [new MemorySink(), refusing],
      config: { batch: { maxCount: 2 }, overrides: { unwanted: { enabled: false }, rare: { sampling: { rate: 0, minPerWindow: 0 } } } },
      enrichers: (event) => {
        if (event.type === 'broken') throw new Error('broken');
        return event;
      },
      lane: { breaker: { failures: 5, openMs: 1_000 } },
    });
    observeCollector(collector, provider.getMeter('test'));
    for (const type of ['a', 'b', 'unwanted', 'rare', 'rare', 'broken', '', 'c']) collector.collect({ type });
    expect(await collected()).to.deep.equal({
      'events processed': 2,
      'events filtered': 1,
      'events sampled': 2,
      'events dropped enricher_error': 1,
      'events invalid': 1,
      waiting: 1,
      'batches count': 1,
      errors: 1,
      'sink.events memory delivered': 2,
      'sink.events refusing failed': 2,
      'sink.attempts memory false': 1,
      'sink.attempts refusing false': 1,
      'sink.breaker memory closed': 1,
      'sink.breaker refusing closed': 1,
    });
    await collector.shutdown();
    collector.collect({ type: 'late' });
    expect(await collected()).to.include({
      'events closed': 1,
      'events processed': 3,
      'batches flush': 1,
      'sink.events memory delivered': 3,
    });
  });

  it('exports pending, retried and dropped events of lanes', async () => {
    let attempts = 0;
    const failing = sinkOf(
      () => {
        attempts += 1;
        throw new SinkError('unavailable', 'Down');
      },
      { name: 'failing' },
    );
    const collector = new EventCollector({
      sinks: [failing, sinkOf(() => NEVER, { name: 'hanging' })],
      config: { batch: { maxCount: 1 }, queue: { maxEvents: 2 } },
      lane: { retry: { baseDelayMs: 0, maxAttempts: 3 }, breaker: { failures: 3, openMs: 60_000 } },
    });
    observeCollector(collector, provider.getMeter('test'));
    collector.collect({ type: 'a' });
    await until(() => attempts === 3);
    for (let n = 0; n < 4; n += 1) collector.collect({ type: 'a' });
    const seen = await collected();
    expect(seen).to.include({
      'sink.pending failing': 2,
      'sink.pending hanging': 2,
      'sink.events failing dropped overflow': 3,
      'sink.events hanging dropped overflow': 3,
      'sink.attempts failing false': 1,
      'sink.attempts failing true': 2,
      'sink.breaker failing open': 1,
      'sink.breaker hanging closed': 1,
    });
    expect(seen).to.not.have.any.keys('sink.breaker failing closed', 'sink.breaker hanging open');
    await collector.shutdown({ timeoutMs: 1 });
  });

  it('counts events inside of user stages as waiting', async () => {
    const collector = new EventCollector<AnalyticsEvent>({ sinks: [], stages: [() => NEVER] });
    observeCollector(collector, provider.getMeter('test'));
    collector.collect({ type: 'a' });
    expect(await collected()).to.deep.equal({ waiting: 1 });
    await collector.shutdown({ timeoutMs: 1 });
  });

  it('reads one snapshot per collection, none between them and none after it is unsubscribed', async () => {
    const collector = new EventCollector({ sinks: [] });
    let reads = 0;
    const counted = {
      stats: (): CollectorStats => {
        reads += 1;
        return collector.stats();
      },
    };
    const observed = observeCollector(counted, provider.getMeter('test'));
    collector.collect({ type: 'a' });
    expect(reads).to.equal(0);
    await collected();
    expect(reads).to.equal(1);
    observed.unsubscribe();
    await collected();
    expect(reads).to.equal(1);
    await collector.shutdown();
  });

  it('distinguishes collectors that are observed through different meters', async () => {
    const one = new EventCollector({ sinks: [] });
    const two = new EventCollector({ sinks: [] });
    observeCollector(one, provider.getMeter('one'));
    const second = observeCollector(two, provider.getMeter('two'));
    one.collect({ type: '' });
    second.unsubscribe();
    expect(await collected()).to.deep.equal({ 'events invalid': 1 });
    await Promise.all([one.shutdown(), two.shutdown()]);
  });

  it('throws for anything but a collector and a meter', () => {
    const collector = new EventCollector({ sinks: [] });
    expect(() => observeCollector({} as never, provider.getMeter('test'))).to.throw(
      TypeError,
      'Expected `collector` to be a collector, got an object',
    );
    expect(() => observeCollector(collector, provider as never)).to.throw(TypeError, 'Expected `meter` to be a meter');
  });
});
