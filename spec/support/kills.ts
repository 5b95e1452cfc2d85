import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { lastValueFrom, reduce } from 'rxjs';
import { createBatch } from '../../lib/event/batch-of.js';
import { fromNdjson, ndjsonFileSink } from '../../lib/node/index.js';
import { openDatabase } from '../../lib/node/sqlite-database.js';
import { anEvent } from './an-event.js';

const ROOT = join(import.meta.dirname, '../..');
/** Runs that share a file: each begins with the file that the previous one left. */
const RUNS_A_FILE = 4;

export type VictimKind = 'ndjson' | 'sqlite';

export interface Kills {
  readonly kills: number;
  /** Events that a killed program had reported as settled. */
  readonly settled: number;
  /** Events that were in the file although the killed program had not reported them. */
  readonly unsaid: number;
  /**
   * How often an unfinished write was left: a log that is not merged into its database, or half a line. A kill hardly ever leaves half a line,
   * but a power failure does, so every second file is cut in the middle of a line.
   */
  readonly torn: number;
}

/**
 * Kills a program that delivers events, again and again, at random moments, and checks after each time that every settled event is stored,
 * none twice, and that the file is not damaged.
 *
 * @throws Error with the fault and the folder, which is kept then
 */
export async function killAgainAndAgain(
  kind: VictimKind,
  { kills, random, onKill }: { readonly kills: number; readonly random: () => number; readonly onKill?: (sum: Kills) => void },
): Promise<Kills> {
  const programs = await mkdtemp(join(tmpdir(), 'victim-'));
  const program = await bundled(programs);
  let sum: Kills = { kills: 0, settled: 0, unsaid: 0, torn: 0 };
  try {
    while (sum.kills < kills) {
      const folder = await mkdtemp(join(tmpdir(), `killed-${kind}-`));
      const settled = new Map<string, number>();
      try {
        for (let run = 0; run < RUNS_A_FILE && sum.kills < kills; run += 1) {
          const said = await killOne(program, [kind, folder, String(run)], random);
          settled.set(String(run), said);
          const torn = (await isTorn(kind, folder)) || (kind === 'ndjson' && random() < 0.5 && (await tear(folder)));
          const there = kind === 'ndjson' ? await eventsInFiles(folder, `check.${String(run)}`) : eventsInDatabase(folder);
          const unsaid = expectAll(settled, there) - [...settled.values()].reduce((a, b) => a + b, 0);
          sum = { kills: sum.kills + 1, settled: sum.settled + said, unsaid: sum.unsaid + unsaid, torn: sum.torn + Number(torn) };
          onKill?.(sum);
        }
      } catch (error) {
        throw new Error(`After ${String(sum.kills + 1)} kills, in ${folder}`, { cause: error });
      }
      await rm(folder, { recursive: true });
    }
    return sum;
  } finally {
    await rm(programs, { recursive: true });
  }
}

/** Plain JavaScript: compiling it at each start would take longest. */
async function bundled(folder: string): Promise<string> {
  const outfile = join(folder, 'victim.mjs');
  await build({
    entryPoints: [join(ROOT, 'spec/support/programs/victim.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
  });
  return outfile;
}

/** Returns the number of events that it reported as settled. */
async function killOne(program: string, args: readonly string[], random: () => number): Promise<number> {
  const env = { ...process.env, NODE_PATH: join(ROOT, 'node_modules'), NODE_NO_WARNINGS: '1' };
  const child = spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const closed = once(child, 'close');
  // Some are killed while they start, most while they work.
  if (random() < 0.2) await sleep(random() * 150);
  else {
    await Promise.race([once(child.stdout, 'data'), closed]);
    await sleep(random() * 100);
  }
  child.kill('SIGKILL');
  const [, signal] = (await closed) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new Error(`The victim ended by itself\n${errors}`);
  // A report that was cut short doesn't count.
  return Number(out.split('\n').at(-2) ?? 0);
}

async function isTorn(kind: VictimKind, folder: string): Promise<boolean> {
  const path = join(folder, kind === 'sqlite' ? 'events.db-wal' : 'events.ndjson');
  if (!existsSync(path)) return false;
  const { size } = await stat(path);
  if (size === 0 || kind === 'sqlite') return size > 0;
  const file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  await file.close();
  return buffer[0] !== 0x0a;
}

async function tear(folder: string): Promise<boolean> {
  await appendFile(join(folder, 'events.ndjson'), JSON.stringify(anEvent({ id: 'half' })).slice(0, -10));
  return true;
}

/** Restarts, as the next process would, and returns how often each id is in the files. */
async function eventsInFiles(folder: string, id: string): Promise<Map<string, number>> {
  const sink = ndjsonFileSink({ path: join(folder, 'events.ndjson'), rotate: { gzip: true } });
  await sink.process(createBatch([anEvent({ id })], 1), { signal: new AbortController().signal, attempt: 1 });
  await sink.close?.();
  const counts = new Map<string, number>();
  for (const name of await readdir(folder)) {
    if (!/^events(\..*Z)?\.ndjson(\.gz)?$/.test(name) || (name.endsWith('Z.ndjson') && name !== 'events.ndjson'))
      throw new Error(`There is ${name}`);
    await lastValueFrom(
      fromNdjson(join(folder, name)).pipe(
        reduce((_, line) => {
          if (!line.ok) throw new Error(`${name}:${String(line.line)} is ${line.error}`);
          const { id } = line.value as { readonly id: string };
          counts.set(id, (counts.get(id) ?? 0) + 1);
          return undefined;
        }, undefined),
      ),
    );
  }
  if (counts.get(id) !== 1) throw new Error('Events written after the restart are missing');
  return counts;
}

function eventsInDatabase(folder: string): Map<string, number> {
  const database = openDatabase(join(folder, 'events.db'));
  try {
    const [check] = database.prepare('PRAGMA integrity_check').all() as { readonly integrity_check: string }[];
    if (check?.integrity_check !== 'ok') throw new Error(`The database is damaged: ${String(check?.integrity_check)}`);
    const isThere = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'events'").all().length > 0;
    const rows = isThere
      ? (database.prepare('SELECT id, event FROM events').all() as { readonly id: string; readonly event: string }[])
      : [];
    const counts = new Map<string, number>();
    for (const { id, event } of rows) {
      if ((JSON.parse(event) as { readonly id: string }).id !== id) throw new Error(`The event of ${id} is another one`);
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return counts;
  } finally {
    database.close();
  }
}

/** Throws unless all settled events are stored, each event once. Returns the number of events. */
function expectAll(settled: ReadonlyMap<string, number>, there: ReadonlyMap<string, number>): number {
  for (const [id, count] of there) if (count > 1) throw new Error(`Event ${id} is there ${String(count)} times`);
  for (const [run, count] of settled)
    for (let n = 0; n < count; n += 1)
      if (!there.has(`${run}.${String(n)}`)) throw new Error(`Event ${run}.${String(n)} of ${String(count)} settled ones is missing`);
  return [...there.keys()].filter((id) => !id.startsWith('check.')).length;
}
