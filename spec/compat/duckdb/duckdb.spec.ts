import { expect } from 'chai';
import * as parquet from 'hyparquet-writer';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportParquet, openEventStore } from '../../../lib/node/index.js';
import { anEvent } from '../../support/an-event.js';
import { anySqlite } from '../../support/sqlite-drivers.js';

const MODULE = '@duckdb/node-api';
const DAY_MS = 86_400_000;

interface DuckDb {
  readonly DuckDBInstance: { create(): Promise<{ connect(): Promise<Connection> }> };
}
interface Connection {
  runAndReadAll(sql: string): Promise<{ getRowObjectsJson(): Record<string, unknown>[] }>;
  closeSync(): void;
}

describe('DuckDB', function () {
  this.timeout(60_000);
  let folder: string;
  let connection: Connection;

  before(async function () {
    if (!existsSync(join(import.meta.dirname, 'node_modules', MODULE))) this.skip();
    const { DuckDBInstance } = createRequire(import.meta.url)(MODULE) as DuckDb;
    connection = await (await DuckDBInstance.create()).connect();
    folder = await mkdtemp(join(tmpdir(), 'duckdb-'));
  });

  after(async () => {
    if (!existsSync(join(import.meta.dirname, 'node_modules', MODULE))) return;
    connection.closeSync();
    await rm(folder, { recursive: true, force: true });
  });

  const query = async (sql: string): Promise<Record<string, unknown>[]> => (await connection.runAndReadAll(sql)).getRowObjectsJson();

  it('answers as the store does, from a file of exportParquet', async function () {
    const store = openEventStore({ database: anySqlite(this)(':memory:') });
    store.append(
      Array.from({ length: 5_000 }, (_, index) =>
        anEvent({
          id: String(index),
          type: index % 3 === 0 ? 'view' : 'search',
          timestamp: 1_700_000_000_000 + index * 60_000,
          sessionId: index % 7 === 0 ? undefined : `s${String(index % 50)}`,
          weight: 1 + (index % 4),
          data: { value: (index * 7) % 1_000, plan: ['pro', null, 5][index % 3] },
        }),
      ),
    );
    const file = join(folder, 'events.parquet');
    expect(await exportParquet(store, file, { parquet, rowGroupSize: 999 })).to.equal(5_000);

    expect(
      await query(`DESCRIBE SELECT * FROM '${file}'`).then((rows) => rows.map((row) => [row.column_name, row.column_type])),
    ).to.deep.equal([
      ['id', 'VARCHAR'],
      ['type', 'VARCHAR'],
      ['category', 'VARCHAR'],
      ['priority', 'VARCHAR'],
      ['timestamp', 'TIMESTAMP'],
      ['session_id', 'VARCHAR'],
      ['weight', 'DOUBLE'],
      ['data', 'JSON'],
      ['metadata', 'JSON'],
    ]);
    expect(
      await query(`SELECT epoch_ms("timestamp") // ${String(DAY_MS)} * ${String(DAY_MS)} AS day, type, count(*) AS count, sum(weight) AS weight
        FROM '${file}' GROUP BY ALL ORDER BY day, weight DESC`).then((rows) =>
        rows.map(({ day, type, count, weight }) => ({ key: [Number(day), type], count: Number(count), weight: Number(weight) })),
      ),
    ).to.deep.equal(store.countBy(['day', 'type']));
    expect(await query(`SELECT count(DISTINCT session_id) AS sessions FROM '${file}'`)).to.deep.equal([
      { sessions: String(store.countDistinct('sessionId', { sampling: 'ignored' })[0]?.count) },
    ]);
    expect(
      await query(`SELECT CAST(data->>'value' AS INTEGER) AS value, data->>'plan' AS plan FROM '${file}' ORDER BY "timestamp" LIMIT 3`),
    ).to.deep.equal([
      { value: 0, plan: 'pro' },
      { value: 7, plan: null },
      { value: 14, plan: '5' },
    ]);
    store.close();
  });
});
