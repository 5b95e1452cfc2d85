import { parseArgs } from 'node:util';
import pg from 'pg';
import { tsImport } from 'tsx/esm/api';
import { recorder } from './cases/loop.mjs';
import { buildLibrary } from './harness/prepare.mjs';
import { median } from './harness/statistics.mjs';
import { table } from './harness/table.mjs';
import { BATCH, INPUTS, MASK } from './workload.mjs';

/**
 * `node bench/postgres.mjs` compares the sink with the bare statement, round by round, on a PostgreSQL of its own, over one connection and batches of 100.
 * Prints medians, and medians of the ratios to the first case: above 1 is faster.
 */
const {
  values: { rounds, events },
} = parseArgs({ options: { rounds: { type: 'string', default: '11' }, events: { type: 'string', default: '10000' } } });
const EVENTS = Number(events);
const { PostgresServer } = await tsImport('../examples/scale/postgres-server.ts', import.meta.url);
const server = await PostgresServer.start().catch((error) => {
  if (error.name !== 'MissingPackage') throw error;
  console.log(`PostgreSQL: skipped. ${error.message}`);
  process.exit();
});

buildLibrary(() => {});
const { createBatch, EventCollector } = await import(`${process.env.LIBRARY}/index.js`);
const { postgresSink } = await import(`${process.env.LIBRARY}/postgres.js`);

const pool = new pg.Pool({ ...server.config, max: 1 });
const sink = postgresSink({ client: pool });
// As a lane's: its signal is created only when it is read.
const context = { signal: new AbortController().signal, attempt: 1, onAbort: () => {} };

const INSERT = `insert into "events" (id, type, category, session_id, time, event)
select event->>'id', event->>'type', event->>'category', event->>'sessionId', to_timestamp((event->>'timestamp')::float8 / 1000), event
from jsonb_array_elements($1::jsonb) as event
on conflict (id) do nothing`;

const cases = {
  'the bare statement': async (batches) => {
    for (const batch of batches) await pool.query(INSERT, [JSON.stringify(batch)]);
  },
  '`postgresSink`': async (batches) => {
    for (const [sequence, batch] of batches.entries()) await sink.process(createBatch(batch, sequence), context);
  },
  '`EventCollector` → `postgresSink`': async (batches) => {
    const collector = new EventCollector({ sinks: [postgresSink({ client: pool })], lane: { maxEvents: EVENTS } });
    for (const batch of batches) for (const event of batch) collector.collect(event);
    await collector.shutdown();
  },
};

const record = recorder();
function newBatches() {
  const all = Array.from({ length: EVENTS }, (_, index) => record(INPUTS[index & MASK]));
  return Array.from({ length: EVENTS / BATCH }, (_, index) => all.slice(index * BATCH, (index + 1) * BATCH));
}

try {
  await sink.createTable();
  const names = Object.keys(cases);
  const figures = names.map(() => []);
  // The first two rounds warm up.
  for (let round = -2; round < Number(rounds); round += 1) {
    for (const [index, name] of names.entries()) {
      await pool.query('truncate events');
      const batches = newBatches();
      const wall = performance.now();
      const cpu = process.cpuUsage();
      await cases[name](batches);
      const { user, system } = process.cpuUsage(cpu);
      if (round >= 0) figures[index].push({ wall: ((performance.now() - wall) * 1e3) / EVENTS, cpu: (user + system) / EVENTS });
      const { rows } = await pool.query('select count(*)::int as stored from events');
      if (rows[0].stored !== EVENTS) throw new Error(`Stored ${String(rows[0].stored)} of ${String(EVENTS)}`);
    }
  }
  const rows = names.map((name, index) => [
    name,
    ...['wall', 'cpu'].flatMap((clock) => [
      `${median(figures[index].map((each) => each[clock])).toFixed(1)} µs`,
      `${median(figures[index].map((each, round) => figures[0][round][clock] / each[clock])).toFixed(2)} ×`,
    ]),
  ]);
  console.log(table(['an event', 'wall clock', '', 'processor', ''], rows));
} finally {
  await pool.end();
  await server.stop();
}
