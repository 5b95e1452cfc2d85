import { expect } from 'chai';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { Producer } from 'kafkajs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { createBatch } from '../../lib/event/batch-of.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { describeSinkContract } from '../../lib/testing/describe-sink-contract.js';
import { ROOT } from '../../scripts/entries.js';
import { anEvent } from '../support/an-event.js';
import { expectBalanced } from '../support/books.js';
import { fencesOf } from '../support/docs/examples.js';
import { throwing } from '../support/hostile.js';
import { KAFKA_ERRORS, KafkaCluster } from '../support/kafka-cluster.js';
import { until } from '../support/until.js';

type KafkaSink = (producer: Producer, topic: string) => EventSink;

describe('the Kafka sink of docs/scale.md, with the cluster of librdkafka', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'kafka-sink-'));
  let cluster: KafkaCluster;
  let kafkaSink: KafkaSink;
  let topics = 0;
  let topic = '';

  before(async function () {
    cluster = await KafkaCluster.start(this);
    kafkaSink = await kafkaSinkOf(folder);
  });

  beforeEach(() => {
    topics += 1;
    topic = `events-${String(topics)}`;
  });

  after(async () => {
    rmSync(folder, { recursive: true });
    // `undefined` after a suite that was skipped.
    await (cluster as KafkaCluster | undefined)?.stop();
  });

  const aSink = (): EventSink => kafkaSink(cluster.client().producer({ idempotent: true, maxInFlightRequests: 1 }), topic);

  const aCollector = (): EventCollector =>
    new EventCollector({
      sinks: [aSink()],
      config: { batch: { maxCount: 8 } },
      lane: { retry: { baseDelayMs: 10, maxDelayMs: 50 }, breaker: false },
    });

  /** The kinds of errors that are reported. */
  function kindsOf(collector: EventCollector): Set<string> {
    const kinds = new Set<string>();
    collector.diagnostics$.subscribe((diagnostic) => {
      if (diagnostic.type === 'sink_error') kinds.add(diagnostic.error.kind);
    });
    return kinds;
  }

  /** The topic's messages, once there are as many. */
  async function stored(count: number): Promise<{ readonly partition: number; readonly key: string; readonly event: AnalyticsEvent }[]> {
    const consumer = cluster.client().consumer({ groupId: topic, maxWaitTimeInMs: 50 });
    const found: Awaited<ReturnType<typeof stored>> = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage({ partition, message: { key, value } }) {
        found.push({ partition, key: String(key), event: JSON.parse(String(value)) as AnalyticsEvent });
        return Promise.resolve();
      },
    });
    await until(() => found.length >= count);
    await consumer.disconnect();
    return found;
  }

  const storedIds = async (count: number): Promise<string[]> => (await stored(count)).map(({ event }) => event.id).sort();

  const collect = (collector: EventCollector, count: number): string[] =>
    Array.from({ length: count }, (_, n) => {
      const id = `event-${String(n).padStart(2, '0')}`;
      expect(collector.collect({ id, type: 'feature_used', sessionId: `session-${String(n % 3)}` })).to.equal('accepted');
      return id;
    });

  describeSinkContract('keeps the contract of sinks', { create: aSink, timeoutMs: 10_000 });

  it('writes each event once, those of a session in one partition and in order', async () => {
    const collector = aCollector();
    const ids = collect(collector, 30);
    await collector.shutdown();
    expect(expectBalanced(collector).sinks['kafka']).to.include({ delivered: 30, failed: 0, dropped: 0 });
    const found = await stored(30);
    expect(found.map(({ event }) => event.id).sort()).to.deep.equal(ids);
    for (const session of ['session-0', 'session-1', 'session-2']) {
      const own = found.filter(({ key }) => key === session);
      expect(new Set(own.map(({ partition }) => partition)).size, session).to.equal(1);
      const ownIds = own.map(({ event }) => event.id);
      expect(ownIds).to.have.length(10);
      expect(ownIds).to.deep.equal([...ownIds].sort());
    }
  });

  it('divides a batch that is too large for the broker', async () => {
    const collector = aCollector();
    const kinds = kindsOf(collector);
    await cluster.failProduce(KAFKA_ERRORS.tooLarge, KAFKA_ERRORS.tooLarge);
    const ids = collect(collector, 8);
    await collector.shutdown();
    expect([...kinds]).to.deep.equal(['too_large']);
    expect(expectBalanced(collector).sinks['kafka']).to.include({ delivered: 8, failed: 0, dropped: 0, retries: 0 });
    expect(await storedIds(8)).to.deep.equal(ids);
  });

  it('sends events again that the broker refuses or does not acknowledge', async () => {
    const collector = aCollector();
    await cluster.failProduce(KAFKA_ERRORS.notLeader, KAFKA_ERRORS.timedOut, KAFKA_ERRORS.notAuthorized, KAFKA_ERRORS.notLeader);
    const ids = collect(collector, 8);
    await collector.shutdown();
    expect(expectBalanced(collector).sinks['kafka']).to.include({ delivered: 8, failed: 0, dropped: 0 });
    expect(await storedIds(8)).to.deep.equal(ids);
  });

  it('is unavailable while the broker is down, and writes each event once when it is up', async () => {
    const collector = aCollector();
    const kinds = kindsOf(collector);
    await cluster.down();
    const ids = collect(collector, 20);
    const flushed = collector.flush();
    await until(() => collector.stats().sinks['kafka']!.retries > 0);
    await cluster.up();
    await flushed;
    await collector.shutdown();
    expect([...kinds]).to.deep.equal(['unavailable']);
    expect(expectBalanced(collector).sinks['kafka']).to.include({ delivered: 20, failed: 0, dropped: 0 });
    expect(await storedIds(20)).to.deep.equal(ids);
  });

  it('rejects events that throw when they are read, and writes the others', async () => {
    const sink = aSink();
    const unreadable = anEvent({ id: 'unreadable', data: throwing(new Error('not yours')) });
    const batch = createBatch([anEvent({ id: 'a' }), unreadable, anEvent({ id: 'b' })], 1);
    const error: unknown = await Promise.resolve(sink.process(batch, { attempt: 1, signal: new AbortController().signal })).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.deep.include({ kind: 'rejected', failed: [unreadable] });
    expect(await storedIds(2)).to.deep.equal(['a', 'b']);
    await sink.close?.();
  });
});

/** The function as the page has it. */
async function kafkaSinkOf(folder: string): Promise<KafkaSink> {
  const page = fencesOf('docs/scale.md').find(({ code }) => code.includes('const kafkaSink ='));
  const [declaration = ''] = page?.code.split('\nconst kafka =') ?? [];
  const outfile = join(folder, 'kafka-sink.mjs');
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await build({
    stdin: { contents: `${declaration}\nexport { kafkaSink };`, loader: 'ts', resolveDir: ROOT },
    absWorkingDir: ROOT,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outfile,
    logLevel: 'silent',
  });
  const { kafkaSink } = (await import(pathToFileURL(outfile).href)) as { readonly kafkaSink: KafkaSink };
  return kafkaSink;
}
