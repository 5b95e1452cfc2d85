/**
 * Events from three producers to one table, by way of JetStream: run `npm run example:scale`, or `npm run example:scale -- --chaos`.
 *
 * ```
 * producer 1 ─┐                              ┌─► worker 1 ─┐
 * producer 2 ─┼─► jetStreamSink ─► nats-server             ├─► postgresSink ─► PostgreSQL
 * producer 3 ─┘   (durable lane)             └─► worker 2 ─┘
 *                                    fromJetStream: acknowledged when stored
 * ```
 *
 * Servers and processes are its own, on loopback ports and in temporary folders. With `--chaos` they are killed with SIGKILL and paused, by a seed. At
 * the end the sets of ids are compared: each offered event is in the stream once, and in the table once.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { postgresSink } from 'rx-event-collector/postgres';
import { seededRandom } from 'rx-event-collector/testing';
import pg from 'pg';
import { chaos, type Victim } from './chaos.js';
import { compare, comparisonLine, isEqual, type Comparison } from './compare.js';
import { MissingPackage } from './missing-package.js';
import { NatsServer } from './nats-server.js';
import { PostgresServer } from './postgres-server.js';
import { buildPrograms } from './programs.js';
import { Role } from './role.js';
import { EventStream } from './stream.js';
import { ledgers, liveView } from './view.js';

export interface ScaleExampleOptions {
  /** Events of each producer. @default 10_000 */
  readonly events?: number;
  /** Events a second of each producer. @default 1_000 */
  readonly perSecond?: number;
  /** How many times something is killed or paused. @default 0 */
  readonly blows?: number;
  /** Decides what is killed or paused, and when. @default 1 */
  readonly seed?: number;
  readonly print?: (line: string) => void;
}

/**
 * @returns what was found in the stream and in the table
 * @throws RangeError for invalid options
 */
export async function main(options: ScaleExampleOptions = {}): Promise<readonly Comparison[]> {
  const { events = 10_000, perSecond = 1_000, blows = 0, seed = 1, print = console.log } = options;
  for (const [name, value] of Object.entries({ events, perSecond, seed }))
    if (!Number.isInteger(value) || value < 1) throw new RangeError(`Expected ${name} to be an integer ≥ 1, got ${String(value)}`);
  const folder = mkdtempSync(join(tmpdir(), 'scale-example-'));
  const clean: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    await buildPrograms(folder);
    const nats = await NatsServer.start(folder);
    clean.unshift(() => nats.kill());
    const postgres = await PostgresServer.start();
    clean.unshift(() => postgres.stop());
    const pool = new pg.Pool(postgres.config);
    clean.unshift(() => pool.end());
    await postgresSink({ client: pool }).createTable();
    const stream = await EventStream.create(nats.url);
    clean.unshift(() => stream.close());

    const names = [1, 2, 3].map((n) => `producer ${String(n)}`);
    const producers = names.map((name, index) => {
      const home = join(folder, String(index));
      mkdirSync(home);
      return new Role(name, join(folder, 'producer.mjs'), [name, nats.url, home, String(events), String(perSecond)]);
    });
    const workers = [1, 2].map((n) => new Role(`worker ${String(n)}`, join(folder, 'worker.mjs'), [nats.url, postgres.url]));
    const roles = [...producers, ...workers];
    clean.unshift(() => Promise.all(roles.map((role) => role.abandon())));

    const endView = liveView(process.stdout, () => ledgers(roles));
    await chaos({
      victims: [...roles.map(roleVictim), serverVictim('nats-server', nats), serverVictim('PostgreSQL', postgres)],
      blows,
      random: seededRandom(seed),
      print,
    });
    await Promise.all(producers.map(({ done }) => done));
    while (!(await stream.isSettled())) await setTimeout(100);
    await Promise.all(workers.map((worker) => worker.stop()));
    endView();

    const offered = new Set(names.flatMap((name) => Array.from({ length: events }, (_, n) => `${name}-${String(n)}`)));
    const { rows } = await pool.query<{ id: string }>('select id from events');
    const found = [
      compare('stream', offered, await stream.ids()),
      compare(
        'table',
        offered,
        rows.map(({ id }) => id),
      ),
    ];
    for (const line of [
      ...ledgers(roles),
      `${'offered'.padEnd(10)} ${offered.size.toLocaleString('en')} events`,
      ...found.map(comparisonLine),
    ])
      print(line);
    return found;
  } finally {
    // The later ones run if one fails: servers must not stay behind.
    for (const each of clean) {
      try {
        await each();
      } catch (error) {
        print(`Not cleaned up: ${String(error)}`);
      }
    }
  }
}

const roleVictim = (role: Role): Victim => ({
  name: role.name,
  kill: () => role.kill(),
  pause: (isPaused) => role.signal(isPaused ? 'SIGSTOP' : 'SIGCONT'),
});

const serverVictim = (name: string, server: NatsServer | PostgresServer): Victim => ({
  name,
  async kill() {
    await server.kill();
    await setTimeout(300);
    await server.restart();
  },
  pause: (isPaused) => server.signal(isPaused ? 'SIGSTOP' : 'SIGCONT'),
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      chaos: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      events: { type: 'string', default: '10000' },
    },
  });
  try {
    const { chaos: isChaos, events, seed } = values;
    // Slower with chaos, so that producers still produce when the last of them is killed.
    const found = await main({ events: Number(events), seed: Number(seed), ...(isChaos && { blows: 20, perSecond: 500 }) });
    process.exitCode = found.every(isEqual) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof MissingPackage) && !(error instanceof RangeError)) throw error;
    console.error(error.message);
    process.exitCode = error instanceof RangeError ? 2 : 1;
  }
}
