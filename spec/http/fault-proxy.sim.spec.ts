import { expect } from 'chai';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { EventBatch } from '../../lib/event/event.js';
import { fetchTransport } from '../../lib/http/fetch-transport.js';
import { httpSink, type HttpSinkOptions } from '../../lib/http/http-sink.js';
import type { LanePatch } from '../../lib/lane/lane-options.js';
import { nodeHttpTransport } from '../../lib/node/node-http-transport.js';
import { expectBalanced } from '../support/books.js';
import { FaultProxy, FAULTS, type Fault } from '../support/fault-proxy.js';
import { LoopbackServer } from '../support/loopback-server.js';

/** Short waits, so that the test ends soon. A stalled attempt takes `timeoutMs`. */
const LANE = { timeoutMs: 60, retry: { baseDelayMs: 1, maxDelayMs: 4 }, breaker: { failures: 5, openMs: 5 } } satisfies LanePatch;

describe('httpSink behind a bad network', () => {
  let server: LoopbackServer;
  let proxy: FaultProxy;

  beforeEach(async () => {
    server = await LoopbackServer.start((_received, response) => response.writeHead(202).end('{"taken":true}'));
  });

  afterEach(async () => {
    await proxy.stop();
    await server.stop();
  });

  /** Collects events through the proxy, and returns their outcomes as the collector reports them. */
  async function send(count: number, options: Partial<HttpSinkOptions>, lane: LanePatch = LANE, deadlineMs = 30_000) {
    const collector = new EventCollector({
      sinks: [httpSink({ url: proxy.url, ...options })],
      lane,
      config: { batch: { maxCount: 20 } },
    });
    const told: Record<'delivered' | 'failed' | 'dropped', string[]> = { delivered: [], failed: [], dropped: [] };
    const collected: string[] = [];
    collector.events$.subscribe(({ id }) => collected.push(id));
    collector.deliveries$.subscribe(({ status, batch }) => {
      told[status].push(...batch.events.map(({ id }) => id));
      expectBalanced(collector);
    });
    for (let n = 0; n < count; n += 1) collector.collect({ type: 'feature_used', data: { n, text: 'ünï 😀' } });
    const report = await collector.shutdown({ timeoutMs: deadlineMs });
    const { pending, ...books } = expectBalanced(collector).sinks.http!;
    expect(pending).to.equal(0);
    // Reports agree with the ledger, and no event is reported twice.
    expect(books).to.include({ delivered: told.delivered.length, failed: told.failed.length, dropped: told.dropped.length });
    expect([...told.delivered, ...told.failed, ...told.dropped]).to.have.members(collected);
    return { ...told, collected, report, arrived: new Set(server.events().map(({ id }) => id)) };
  }

  const transports = { fetch: () => fetchTransport(), 'node:http': () => nodeHttpTransport() };
  for (const [name, transport] of Object.entries(transports)) {
    describe(`by ${name}`, () => {
      for (const seed of [1, 2, 3]) {
        it(`delivers everything at 30 % failures of every kind, seed ${String(seed)}`, async function () {
          this.timeout(30_000);
          proxy = await FaultProxy.start({ upstream: server.port, seed, rate: 0.3 });
          const lane: LanePatch = seed === 1 ? LANE : { ...LANE, concurrency: seed, breaker: false };
          const { delivered, arrived, collected, report } = await send(1_000, { transport: transport() }, lane);
          expect(report.timedOut).to.equal(false);
          expect(delivered).to.have.members(collected);
          expect([...arrived]).to.have.members(collected);
          expect(proxy.done.none).to.be.above(0);
        });
      }

      for (const fault of FAULTS) {
        it(`delivers everything if every second request fails by ${fault}`, async () => {
          proxy = await FaultProxy.start({ upstream: server.port, seed: 4, rate: 0.5, faults: [fault] });
          const { delivered, arrived, collected } = await send(120, { transport: transport() });
          expect(delivered).to.have.members(collected);
          expect([...arrived]).to.have.members(collected);
          expect(proxy.done[fault]).to.be.above(0);
        });
      }
    });
  }

  it('delivers everything in parts, compressed, and reads every answer', async () => {
    proxy = await FaultProxy.start({ upstream: server.port, seed: 5, rate: 0.3 });
    const parseResponse: HttpSinkOptions['parseResponse'] = async (response) => {
      expect(JSON.parse(await response.text())).to.deep.equal({ taken: true });
      return [];
    };
    const options = { maxBodyBytes: 1_500, compress: 'gzip', compressAboveBytes: 100, parseResponse } as const;
    const { delivered, arrived, collected } = await send(120, { ...options, transport: nodeHttpTransport() });
    expect(delivered).to.have.members(collected);
    expect([...arrived]).to.have.members(collected);
  });

  it('sends the same events under the same key, so that a receiver can recognise a repetition', async () => {
    const faults: readonly Fault[] = ['reset_after', 'stall_after', 'cut_request', 'storm_503'];
    proxy = await FaultProxy.start({ upstream: server.port, seed: 6, rate: 0.5, faults });
    await send(80, { maxBodyBytes: 2_000 });
    const bodies = new Map<unknown, string>();
    for (const { headers, body } of server.requests) {
      const key = headers['idempotency-key'];
      expect(bodies.get(key) ?? body).to.equal(body);
      bodies.set(key, body);
      expect((JSON.parse(body) as EventBatch).id).to.equal(key);
    }
    expect(server.requests.length).to.be.above(bodies.size);
  });

  it('counts only arrived events as delivered when it stops trying', async () => {
    proxy = await FaultProxy.start({ upstream: server.port, seed: 7, rate: 0.6 });
    const { delivered, failed, arrived, collected } = await send(500, {}, { ...LANE, retry: { maxElapsedMs: 0 }, breaker: false });
    expect(failed).not.to.be.empty;
    // An attempt whose answer was lost may have arrived.
    expect([...arrived]).to.include.members(delivered);
    expect([...delivered, ...failed])
      .to.have.members(collected)
      .and.to.include.members([...arrived]);
  });

  it('shuts down at its deadline without answers, and reports the events that are left', async function () {
    this.timeout(3_000);
    proxy = await FaultProxy.start({ upstream: server.port, seed: 8, rate: 1, faults: ['stall'] });
    const { dropped, collected, report } = await send(100, {}, { timeoutMs: 60_000 }, 100);
    expect(report.timedOut).to.equal(true);
    expect(dropped).to.have.members(collected);
  });
});
