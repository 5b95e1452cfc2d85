import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { build } from 'esbuild';
import { ROOT } from '../../scripts/entries.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { anySqlite } from '../support/sqlite-drivers.js';

/** The program is bundled in another folder; a driver is loaded from here. */
const ENV = { ...process.env, NODE_PATH: join(ROOT, 'node_modules'), NODE_NO_WARNINGS: '1' };
/** Kills of one store, one after the other. */
const KILLS = Number(process.env.KILLS ?? 12);

const totals: object[] = [];
after(() => {
  if (KILLS > 12) console.table(totals);
});

for (const kind of ['file', 'sqlite'] as const)
  describe(`${kind}Spool, when the process is killed`, function () {
    this.timeout(600_000);
    const random = seededRandom(19);
    let folder: string;
    let program: string;

    before(async function () {
      if (kind === 'sqlite') anySqlite(this);
      folder = await mkdtemp(join(tmpdir(), 'spool-kills-'));
      program = join(folder, 'spooler.mjs');
      await build({
        absWorkingDir: ROOT,
        entryPoints: ['spec/support/programs/spooler.ts'],
        bundle: true,
        outfile: program,
        format: 'esm',
        platform: 'node',
        logLevel: 'silent',
      });
    });

    after(() => rm(folder, { recursive: true, force: true }));

    /** Runs the program, and kills it after some milliseconds; without a number, lets it end. Returns what it printed. */
    async function run(args: readonly string[], killedAfterMs?: number): Promise<string> {
      const child = spawn(process.execPath, [program, kind, folder, ...args], { stdio: ['ignore', 'pipe', 'inherit'], env: ENV });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      const ended = once(child, 'close');
      if (killedAfterMs !== undefined) {
        while (output === '') await setTimeout(1);
        await setTimeout(killedAfterMs);
        child.kill('SIGKILL');
      }
      await ended;
      return output;
    }

    it('delivers stored batches in order, and at most one batch per kill twice', async () => {
      const stored: string[] = [];
      for (let life = 0; life < KILLS; life += 1) {
        const output = await run([String(life), random() < 0.5 ? 'down' : 'up'], 40 * random());
        // The line that a kill cut off is not counted.
        const last = Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1));
        for (let n = 0; n <= last; n += 1) stored.push(`${String(life)} ${String(n)}`);
      }
      const report = JSON.parse(await run([''])) as object;
      expect(report).to.include({ failed: 0, dropped: 0, pending: 0 }).and.not.to.have.property('kept');

      const arrivals = (await readFile(join(folder, 'arrived'), 'utf8')).trim().split('\n').map(arrivalIn);
      const arrived = new Set(arrivals.flatMap(({ life, numbers }) => numbers.map((n) => `${String(life)} ${String(n)}`)));
      expect(stored.filter((event) => !arrived.has(event))).to.deep.equal([]);
      const ids = arrivals.map(({ id }) => id);
      const once = arrivals.filter(({ id }, index) => ids.indexOf(id) === index);
      const twice = arrivals.length - once.length;
      totals.push({
        store: kind,
        kills: KILLS,
        stored: stored.length,
        arrived: arrived.size,
        batches: once.length,
        'batches twice': twice,
      });
      // In flight at the kill.
      expect(twice).to.be.at.most(KILLS);
      // Only batches that were in flight: no event is in two of them.
      expect(arrived.size).to.equal(once.reduce((sum, { numbers }) => sum + numbers.length, 0));
      expect(once.map(({ life, numbers: [first] }) => [life, first])).to.deep.equal(
        once.map(({ life, numbers: [first = 0] }) => [life, first] as const).sort(([a, m], [b, n]) => a - b || m - n),
      );
    });
  });

interface Arrival {
  readonly id: string;
  readonly life: number;
  readonly numbers: readonly number[];
}

function arrivalIn(line: string): Arrival {
  const [id = '', life, ...numbers] = line.split(' ');
  return { id, life: Number(life), numbers: numbers.map(Number) };
}
