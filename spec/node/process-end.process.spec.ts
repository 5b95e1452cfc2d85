import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '../..');
/** Only a process that hangs takes longer. */
const TOO_LONG_MS = 30_000;

describe('processEnd', function () {
  this.timeout(2 * TOO_LONG_MS);

  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'process-end-'));
    for (const copy of ['one.mjs', 'two.mjs']) {
      await build({
        entryPoints: [join(ROOT, 'lib/node/process-end.ts')],
        outfile: join(folder, copy),
        bundle: true,
        format: 'esm',
        platform: 'node',
      });
    }
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a program that has two copies of the module, and a function that joins a member. The member prints the calls that it receives. */
  function run(program: string) {
    const path = join(folder, 'program.mjs');
    const start = `
      import { writeSync } from 'node:fs';
      import * as one from './one.mjs';
      import * as two from './two.mjs';
      const say = (text) => void writeSync(1, text + '\\n');
      const raise = () => process.kill(process.pid, 'SIGTERM');
      const join = (patch = {}, { processEnd } = one) => processEnd().join({
        signals: ['SIGTERM'], timeoutMs: 10_000, others: 'wait',
        flush: async () => say('flush'), shutdown: async () => say('shutdown'), ...patch,
      });
      const hour = setTimeout(() => undefined, 3_600_000);`;
    writeFileSync(path, `${start}\n${program}`);
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [path], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
      timeout: TOO_LONG_MS,
      killSignal: 'SIGKILL',
    });
    return { end: signal ?? status, said: stdout.split('\n').slice(0, -1), stderr };
  }

  it('is one object for all copies of the package', () => {
    const program = 'join(); join({}, two); say(String(one.processEnd() === two.processEnd())); raise();';
    expect(run(program)).to.deep.equal({ end: 'SIGTERM', said: ['true', 'shutdown', 'shutdown'], stderr: '' });
  });

  it('ends the process although members fail', () => {
    const program = "join({ shutdown: () => Promise.reject(new Error('failed')) }); join(); raise();";
    expect(run(program)).to.deep.equal({ end: 'SIGTERM', said: ['shutdown'], stderr: '' });
  });

  it('keeps its listeners until the last member has left', () => {
    const count = "['SIGTERM', 'SIGUSR2', 'beforeExit', 'uncaughtExceptionMonitor'].map((event) => process.listenerCount(event)).join(' ')";
    const program = `
      const leave = [join(), join({ signals: ['SIGUSR2'] })];
      say(${count}); leave[0](); say(${count}); leave[1](); leave[1](); say(${count}); raise();`;
    expect(run(program)).to.deep.equal({ end: 'SIGTERM', said: ['1 1 1 1', '1 1 1 1', '0 0 0 0'], stderr: '' });
  });

  it('leaves the end to other listeners with `leave`, and flushes for each signal', () => {
    const program = `
      join({ others: 'leave', timeoutMs: 1 });
      let signals = 0;
      process.on('SIGTERM', () => { signals += 1; if (signals === 2) setTimeout(() => process.exit(7), 50); else setTimeout(raise, 50); });
      raise();`;
    expect(run(program)).to.deep.equal({ end: 7, said: ['flush', 'flush', 'flush'], stderr: '' });
  });

  it("doesn't wait for other listeners with `end`, nor for the one of Honeybadger, which ends the process only if it is alone", () => {
    for (const program of [
      "join({ others: 'end', timeoutMs: 3_600_000 }); process.on('SIGTERM', () => say('heard')); raise();",
      "join({ timeoutMs: 3_600_000 }); process.on('SIGTERM', function honeybadgerShutdownListener() { say('heard'); }); raise();",
    ]) {
      const { end, said } = run(program);
      expect(end).to.equal(143);
      expect(said.slice(0, 2)).to.have.members(['heard', 'shutdown']);
    }
  });

  it('flushes before a captured exception has its effect, and leaves the process to its owner', () => {
    const program = `
      join();
      process.setUncaughtExceptionCaptureCallback((error) => { say(error.message); setTimeout(() => process.exit(3)); });
      throw new Error('captured');`;
    expect(run(program)).to.deep.equal({ end: 3, said: ['flush', 'captured', 'flush'], stderr: '' });
  });
});
