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

    it('delivers what was stored, in order, and at most one batch a kill twice', async () => {
      let next = 0;
      for (let kill = 0; kill < KILLS; kill += 1) {
        const output = await run([String(next), random() < 0.5 ? 'down' : 'up'], 40 * random());
        // The line that a kill cut off is not counted.
        const last = output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1);
        next = Number(last) + 1;
      }
      const report = JSON.parse(await run([''])) as object;
      expect(report).to.include({ failed: 0, dropped: 0, pending: 0 }).and.not.to.have.property('kept');

      const batches = (await readFile(join(folder, 'arrived'), 'utf8')).trim().split('\n');
      const firsts = batches.map((line) => Number(line.split(' ')[0]));
      // An event that was collected after the last line that was read has its number again in the next life.
      const arrived = new Set(batches.flatMap((line) => line.split(' ').map(Number)));
      expect(Array.from({ length: next }, (_, n) => n).filter((n) => !arrived.has(n))).to.deep.equal([]);
      const twice = firsts.filter((first, index) => firsts.indexOf(first) !== index);
      // In flight at the kill, or stored and not yet printed.
      expect(twice.length).to.be.at.most(2 * KILLS);
      expect(firsts.filter((first, index) => index > 0 && first < Number(firsts[index - 1]) && !twice.includes(first))).to.deep.equal([]);
    });
  });
