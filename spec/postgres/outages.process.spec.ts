import { expect } from 'chai';
import pg from 'pg';
import { EventCollector } from '../../lib/index.js';
import { postgresSink } from '../../lib/postgres/index.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { expectBalanced } from '../support/books.js';
import type { PostgresServer } from '../../examples/scale/postgres-server.js';
import { startPostgres } from '../support/postgres-server.js';
import { until } from '../support/until.js';

describe('postgresSink during outages', () => {
  let server: PostgresServer;
  let pool: pg.Pool;

  before(async function () {
    server = await startPostgres(this);
  });

  // `before` starts no server if PostgreSQL is not installed.
  after(() => (server as PostgresServer | undefined)?.stop());

  beforeEach(async () => {
    // Idle connections break with the server: without the sink's listener, their errors would end this process.
    pool = new pg.Pool({ ...server.config, max: 3 });
    await pool.query('drop table if exists events');
    await postgresSink({ client: pool }).createTable();
  });

  afterEach(() => pool.end());

  const collectorOf = (timeoutMs = 30_000): EventCollector =>
    new EventCollector({
      sinks: [postgresSink({ client: pool })],
      config: { batch: { maxCount: 20 } },
      lane: { concurrency: 3, timeoutMs, retry: { baseDelayMs: 1, maxDelayMs: 20 }, breaker: { openMs: 10 } },
    });

  const stored = async (): Promise<string[]> => {
    const { rows } = await pool.query<{ id: string }>('select id from events order by id');
    return rows.map(({ id }) => id);
  };

  it('stores every event once when the server is killed and started again', async () => {
    const random = seededRandom(20);
    const collector = collectorOf();
    const offered: string[] = [];
    const collect = (count: number): void => {
      for (let n = 0; n < count; n += 1) {
        const id = `event-${String(offered.length).padStart(6, '0')}`;
        expect(collector.collect({ id, type: 'click', data: { n } })).to.equal('accepted');
        offered.push(id);
      }
    };
    for (let kill = 0; kill < 4; kill += 1) {
      const { delivered } = collector.stats().sinks['postgres']!;
      collect(1_000);
      // In the middle of its work.
      await until(() => collector.stats().sinks['postgres']!.delivered > delivered + random() * 500);
      await server.kill();
      collect(50);
      await server.restart();
    }
    await collector.shutdown();
    expect(expectBalanced(collector).sinks['postgres']).to.include({ delivered: offered.length, failed: 0, dropped: 0 });
    expect(await stored()).to.deep.equal(offered);
  });

  it('stores every event once when the server is paused for longer than an attempt', async () => {
    const collector = collectorOf(100);
    collector.collect({ id: 'a', type: 'click' });
    await collector.flush();
    server.signal('SIGSTOP');
    for (const id of ['b', 'c', 'd']) collector.collect({ id, type: 'click' });
    const flushed = collector.flush({ timeoutMs: 10_000 });
    await until(() => collector.stats().sinks['postgres']!.retries > 1);
    server.signal('SIGCONT');
    await flushed;
    await collector.shutdown();
    expect(expectBalanced(collector).sinks['postgres']).to.include({ delivered: 4, failed: 0, dropped: 0 });
    expect(await stored()).to.deep.equal(['a', 'b', 'c', 'd']);
  });
});
