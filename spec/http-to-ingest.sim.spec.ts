import { expect } from 'chai';
import { cloudEventsEncoder, fetchTransport, httpSink, ingestReport, jsonEncoder, ndjsonEncoder } from '../lib/http/index.js';
import type { HttpSinkOptions, HttpTransport } from '../lib/http/index.js';
import { EventCollector, MemorySink, type AnalyticsEvent, type CollectorOptions } from '../lib/index.js';
import { bearerKeys, ingestHandler, nodeListener, type IngestOptions } from '../lib/ingest/index.js';
import { nodeHttpTransport } from '../lib/node/index.js';
import { serve, type Served } from './ingest/served.js';
import { expectBalanced } from './support/books.js';
import { FaultProxy } from './support/fault-proxy.js';

/** The sink and the endpoint as users have them, over real connections, with nothing of the specs' own between but a bad network. */
describe('httpSink to ingestHandler', () => {
  const ENCODERS = { JSON: jsonEncoder, NDJSON: ndjsonEncoder, CloudEvents: cloudEventsEncoder({ source: '/spec' }) };
  const TRANSPORTS: Readonly<Record<string, () => HttpTransport>> = {
    fetch: () => fetchTransport(),
    'node:http': () => nodeHttpTransport(),
  };
  const LANE = { timeoutMs: 250, retry: { baseDelayMs: 1, maxDelayMs: 4 }, breaker: false, concurrency: 4 } as const;

  let arrived: MemorySink;
  let server: Served;
  let inner: EventCollector;

  async function start(options: CollectorOptions = {}, ingest: Omit<IngestOptions, 'collector'> = {}): Promise<void> {
    arrived = new MemorySink();
    inner = new EventCollector({ sinks: [arrived], ...options });
    server = await serve(nodeListener(ingestHandler({ collector: inner, authorize: bearerKeys(['k-1']), ...ingest })));
  }

  afterEach(() => server.close());

  /** Collects events, has them sent, and gives what each end has of them. */
  async function send(count: number, options: Partial<HttpSinkOptions>, collecting: CollectorOptions = {}) {
    const headers = { authorization: 'Bearer k-1' };
    const sink = httpSink({ url: server.url, headers, parseResponse: ingestReport, ...options });
    const outer = new EventCollector({ sinks: [sink], metadata: { appVersion: '1.2', nested: { list: [1, null] } }, ...collecting });
    const sent: AnalyticsEvent[] = [];
    const dead: unknown[] = [];
    outer.events$.subscribe((event) => sent.push(event));
    outer.deadLetters$.subscribe(({ batch, error }) => dead.push(...batch.events.map(({ data }) => [data, error.code])));
    for (let n = 0; n < count; n += 1) outer.collect({ type: 'checkout_completed', data: n, weight: 1 + (n % 3) / 2, priority: 'low' });
    const { timedOut } = await outer.shutdown();
    await inner.shutdown();
    expect(timedOut).to.equal(false);
    const { pending, ...books } = expectBalanced(outer).sinks.http!;
    expect(pending).to.equal(0);
    return { sent, dead, books, there: expectBalanced(inner) };
  }

  const idsOf = (events: readonly AnalyticsEvent[]): string[] => events.map(({ id }) => id).sort();

  for (const [form, encode] of Object.entries(ENCODERS))
    for (const [by, transport] of Object.entries(TRANSPORTS)) {
      for (const compress of [false, 'gzip'] as const)
        it(`delivers the same events in the same order: ${form} by ${by}${compress === 'gzip' ? ', in gzip' : ''}`, async () => {
          await start();
          const { sent, books, there } = await send(300, { encode, transport: transport(), compress, maxBodyBytes: 20_000 });
          // JSON has no `undefined`, and each end has the whole event: the same fields, the same values.
          expect(arrived.events).to.deep.equal(JSON.parse(JSON.stringify(sent)));
          expect(books).to.include({ offered: 300, delivered: 300 });
          expect(there).to.include({ eventsReceived: 300, eventsProcessed: 300 });
        });

      it(`fails exactly the events that the other side finds invalid: ${form} by ${by}`, async () => {
        await start({ validate: ({ data }) => (Number(data) % 100 === 13 ? 'unlucky' : undefined) });
        // Smaller bodies than batches: the report counts within a body.
        const { dead, books, there } = await send(300, { encode, transport: transport(), compress: 'gzip', maxBodyBytes: 20_000 });
        expect(dead).to.deep.equal([13, 113, 213].map((data) => [data, 'PARTLY_REJECTED']));
        expect(books).to.include({ offered: 300, delivered: 297, failed: 3 });
        expect(there).to.include({ eventsReceived: 300, eventsInvalid: 3, eventsProcessed: 297 });
        expect(arrived.events).to.have.length(297);
      });
    }

  const pairs = {
    'JSON by fetch': { encode: jsonEncoder, transport: fetchTransport() },
    'NDJSON by node:http': { encode: ndjsonEncoder, transport: nodeHttpTransport() },
    'CloudEvents by node:http': { encode: cloudEventsEncoder(), transport: nodeHttpTransport() },
  };
  for (const [name, { encode, transport }] of Object.entries(pairs))
    it(`delivers 10,000 events once each, at 30 % failures: ${name}`, async function () {
      this.timeout(60_000);
      await start({ config: { queue: { maxEvents: 100_000 } } });
      const proxy = await FaultProxy.start({ upstream: server.port, seed: 11, rate: 0.3 });
      const { sent, dead, books, there } = await send(
        10_000,
        { url: proxy.url, encode, transport, compress: 'gzip' },
        { lane: LANE, config: { queue: { maxEvents: 100_000 } } },
      );
      await proxy.stop();
      expect(proxy.done.none).to.be.below(Object.values(proxy.done).reduce((sum, each) => sum + each));
      expect(dead).to.deep.equal([]);
      expect(idsOf(arrived.events)).to.deep.equal(idsOf(sent)).and.to.have.length(10_000);
      expect(books).to.include({ offered: 10_000, delivered: 10_000, failed: 0, dropped: 0 });
      expect(there).to.include({ eventsReceived: 10_000, eventsProcessed: 10_000 });
    });

  it('halves batches that have more events than the other side accepts', async () => {
    await start({}, { limits: { events: 30 } });
    const { sent, books } = await send(100, { transport: nodeHttpTransport() });
    expect(arrived.events).to.deep.equal(JSON.parse(JSON.stringify(sent)));
    expect(books).to.include({ delivered: 100, failed: 0 });
  });

  it('fails permanently with an invalid key', async () => {
    await start({}, { authorize: bearerKeys(['k-2']) });
    const { dead, books, there } = await send(2, { transport: nodeHttpTransport() });
    expect(dead).to.deep.equal([0, 1].map((data) => [data, 'HTTP_401']));
    expect(books).to.include({ delivered: 0, failed: 2, attempts: 1 });
    expect(there.eventsReceived).to.equal(0);
  });

  it('retries when there was no capacity, and delivers each event once', async () => {
    const release: (() => void)[] = [];
    const slow = { name: 'slow', process: () => new Promise<void>((resolve) => release.push(resolve)) };
    await start({ sinks: [slow], lane: { overflow: 'block', maxEvents: 6, timeoutMs: Infinity }, config: { batch: { maxCount: 2 } } });
    const taken: AnalyticsEvent[] = [];
    inner.events$.subscribe((event) => taken.push(event));
    const statuses: number[] = [];
    const post = nodeHttpTransport();
    const transport: HttpTransport = async (request) => {
      const answer = await post(request);
      statuses.push(answer.status);
      while (answer.status === 429 && release.length > 0) release.shift()?.();
      // `Retry-After` would cost a second.
      return { ...answer, header: () => undefined };
    };
    const ending = send(10, { transport }, { lane: { retry: { baseDelayMs: 1, maxDelayMs: 1 } } });
    const draining = setInterval(() => release.shift()?.(), 1);
    const { sent, books, there } = await ending.finally(() => {
      clearInterval(draining);
    });
    expect(statuses).to.include(429).and.to.include(202);
    expect(idsOf(taken)).to.deep.equal(idsOf(sent)).and.to.have.length(10);
    expect(books).to.include({ delivered: 10, failed: 0 });
    expect(there.eventsReceived - there.eventsDropped).to.equal(10);
  });
});
