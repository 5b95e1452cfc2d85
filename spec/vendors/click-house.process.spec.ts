import { expect } from 'chai';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { LanePatch } from '../../lib/lane/lane-options.js';
import { httpSink, type HttpSinkOptions } from '../../lib/http/http-sink.js';
import type { HttpTransport } from '../../lib/http/transport.js';
import { nodeHttpTransport } from '../../lib/node/node-http-transport.js';
import { clickHouse } from '../../lib/vendors/click-house.js';
import { ClickHouseServer } from '../support/click-house-server.js';

describe('clickHouse, the real server', function () {
  this.timeout(60_000);
  let server: ClickHouseServer;

  before(async function () {
    server = await ClickHouseServer.start(this);
  });

  after(async () => {
    // Undefined if it isn't installed.
    await (server as ClickHouseServer | undefined)?.stop();
  });

  beforeEach(async () => {
    await server.query('DROP TABLE IF EXISTS events');
    await server.query(
      'CREATE TABLE events (id String, type String, timestamp String, user_id String, weight Float64, data String) ENGINE = ReplacingMergeTree ORDER BY id',
    );
  });

  const collectorFor = (options: Partial<HttpSinkOptions> = {}, lane?: LanePatch): EventCollector =>
    new EventCollector({
      sinks: [httpSink({ ...clickHouse({ url: server.url, username: 'writer', password: 'secret' }), ...options })],
      config: { batch: { maxCount: 50 }, sampling: { rate: 0.5, minPerWindow: 0 } },
      lane: { retry: { baseDelayMs: 20, maxDelayMs: 100 }, breaker: false, ...lane },
    });

  /** The number of events, and the sum of their weights. */
  const stored = async (): Promise<readonly number[]> =>
    (await server.query('SELECT count(), sum(weight) FROM events FINAL'))[0]?.map(Number) ?? [];

  it('stores each event once, with its weight, though the server is killed in between', async () => {
    const collector = collectorFor({ transport: nodeHttpTransport(), compress: 'gzip', compressAboveBytes: 0 });
    let weights = 0;
    let events = 0;
    collector.events$.subscribe(({ weight }) => {
      weights += weight;
      events += 1;
    });
    let killed: Promise<void> | undefined;
    collector.deliveries$.subscribe(() => {
      killed ??= server.kill().then(() => server.resume());
    });
    for (let n = 0; n < 2_000; n += 1) collector.collect({ type: 'page_viewed', data: { n, text: 'Größe\n"' } });
    const { sinks } = await collector.shutdown();
    await killed;
    expect(sinks.clickhouse).to.include({ delivered: events, failed: 0, pending: 0 });
    expect(collector.stats().sinks.clickhouse?.retries).to.be.above(0);
    expect(await stored()).to.deep.equal([events, weights]);
    expect(weights).to.be.above(events);
  });

  it('stores each event once though answers are lost', async () => {
    const real = nodeHttpTransport();
    let count = 0;
    const losing: HttpTransport = Object.assign(
      async (request: Parameters<HttpTransport>[0]) => {
        const answer = await real(request);
        count += 1;
        if (count % 2 === 0) return answer;
        answer.discard();
        throw new Error('lost');
      },
      { close: () => real.close?.() },
    );
    const collector = collectorFor({ transport: losing });
    for (let n = 0; n < 200; n += 1) collector.collect({ type: 'payment_failed', priority: 'high' });
    await collector.shutdown();
    expect(count).to.equal(8);
    expect(await stored()).to.deep.equal([200, 200]);
  });

  it('stores what it is sent', async () => {
    const collector = collectorFor();
    const data = { text: 'Größe "\\\n\u2028\ud83d\ude00', list: [1, null] };
    collector.collect({ id: 'a', type: 'order', priority: 'high', timestamp: 1_700_000_000_123, metadata: { userId: 'user-1' }, data });
    await collector.shutdown();
    const [row] = await server.query('SELECT id, type, timestamp, user_id, hex(data) FROM events');
    const [hex = ''] = row?.splice(-1) ?? [];
    expect(row).to.deep.equal(['a', 'order', '2023-11-14 22:13:20.123', 'user-1']);
    expect(Buffer.from(hex, 'hex').toString()).to.equal(JSON.stringify(data));
  });

  it('finds the events whose values do not fit, and stores the others', async () => {
    await server.query('DROP TABLE events');
    await server.query('CREATE TABLE events (id String, weight Float64, user_id UInt32) ENGINE = ReplacingMergeTree ORDER BY id');
    const collector = collectorFor();
    const failed: string[] = [];
    collector.deadLetters$.subscribe(({ batch, error }) => failed.push(...batch.events.map(({ id }) => `${id} ${error.code}`)));
    for (const [index, userId] of ['1', '2', 'three', '4'].entries())
      collector.collect({ id: String(index), type: 'order', priority: 'high', metadata: { userId } });
    await collector.shutdown();
    expect(failed).to.deep.equal(['2 CLICKHOUSE_27']);
    expect(await stored()).to.deep.equal([3, 3]);
  });

  it('is refused with a wrong password, and without a table', async () => {
    for (const [options, code] of [
      [{ password: 'wrong' }, 'HTTP_401'],
      [{ password: 'secret', table: 'none' }, 'HTTP_404'],
    ] as const) {
      const collector = collectorFor(clickHouse({ url: server.url, username: 'writer', ...options }));
      const codes: string[] = [];
      collector.deadLetters$.subscribe(({ error }) => codes.push(error.code));
      collector.collect({ type: 'order', priority: 'high' });
      await collector.shutdown();
      expect(codes).to.deep.equal([code]);
    }
  });
});
