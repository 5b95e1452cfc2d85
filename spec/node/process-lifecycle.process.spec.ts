import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'chai';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { withProcessLifecycle } from '../../lib/node/process-lifecycle.js';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'spec/support/programs/lifecycles.ts');
const TOO_LONG_MS = 30_000;

/** Runs a program, gives it these signals once it is ready, and tells how it ended. */
async function run(program: string, ...signals: readonly NodeJS.Signals[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, program], { cwd: ROOT, timeout: TOO_LONG_MS, killSignal: 'SIGKILL' });
  let stdout = '';
  let stderr = '';
  let isReady = false;
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    if (isReady || !stdout.includes('ready\n')) return;
    isReady = true;
    for (const signal of signals) child.kill(signal);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, lines: stdout.split('\n').filter((line) => line !== '' && line !== 'ready'), stderr };
}

const DELIVERED = ['slow 1 2', 'slow closed'];

describe('withProcessLifecycle', function () {
  this.timeout(2 * TOO_LONG_MS);

  it('delivers before a process ends that has nothing left to do', async () => {
    expect(await run('nothing')).to.deep.equal({ code: 0, signal: null, lines: DELIVERED, stderr: '' });
  });

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`delivers before ${signal} has its effect`, async () => {
      expect(await run('stays', signal)).to.deep.equal({ code: null, signal, lines: DELIVERED, stderr: '' });
    });
  }

  it('waits for every collector', async () => {
    const { signal, lines } = await run('two collectors', 'SIGTERM');
    expect(signal).to.equal('SIGTERM');
    expect(lines).to.have.members(['one 1 2', 'one closed', 'two 1 2', 'two closed']);
  });

  it('ends in spite of a collector that has come in the meantime, and waits for that, too', async () => {
    const { signal, lines } = await run('another collector, later', 'SIGTERM');
    expect(signal).to.equal('SIGTERM');
    expect(lines).to.deep.equal([...DELIVERED, 'late 1 2', 'late closed']);
  });

  it('waits for a hanging sink until its deadline', async () => {
    expect(await run('a hanging sink, briefly', 'SIGTERM')).to.deep.equal({ code: null, signal: 'SIGTERM', lines: [], stderr: '' });
  });

  it('waits no longer for a shutdown with a later deadline', async () => {
    expect(await run('a shutdown of its own', 'SIGTERM')).to.deep.equal({ code: null, signal: 'SIGTERM', lines: [], stderr: '' });
  });

  it('waits no longer when it is told a second time', async () => {
    const { code, signal } = await run('a hanging sink', 'SIGTERM', 'SIGINT');
    expect(code).to.equal(null);
    expect(signal).to.be.oneOf(['SIGTERM', 'SIGINT']);
  });

  it('leaves the end to others who listen, and delivers meanwhile', async () => {
    expect(await run('others listen', 'SIGTERM')).to.deep.equal({ code: 7, signal: null, lines: ['slow 1 2'], stderr: '' });
    expect(await run('is heard throwing')).to.deep.equal({ code: 8, signal: null, lines: ['slow 1 2'], stderr: '' });
  });

  for (const program of ['throws', 'rejects']) {
    it(`delivers before an error that nobody catches has its effect: ${program}`, async () => {
      const { code, lines, stderr } = await run(program);
      expect({ code, lines }).to.deep.equal({ code: 1, lines: DELIVERED });
      expect(stderr).to.contain('RangeError: nobody catches this');
    });
  }

  it('leaves sinks that answer at once their chance on process.exit()', async () => {
    expect(await run('exits')).to.deep.equal({ code: 5, signal: null, lines: ['atOnce 1 2'], stderr: '' });
  });

  it('takes its listeners away with a shutdown', async () => {
    expect((await run('shuts down')).lines).to.deep.equal([...DELIVERED, 'true']);
  });

  it('takes its listeners away when it is unsubscribed', async () => {
    const collector = new EventCollector({ sinks: [] });
    const events = ['beforeExit', 'exit', 'SIGTERM', 'SIGINT', 'uncaughtException'];
    const counts = (): number[] => events.map((event) => process.listenerCount(event));
    const before = counts();
    const lifecycle = withProcessLifecycle(collector);
    expect(counts()).to.deep.equal(before.map((count) => count + 1));
    lifecycle.unsubscribe();
    expect(counts()).to.deep.equal(before);
    await collector.shutdown();
  });

  it('refuses options outside their range', () => {
    const collector = new EventCollector({ sinks: [] });
    expect(() => withProcessLifecycle(collector, { timeoutMs: -1 })).to.throw(TypeError, 'Expected `timeoutMs` to be');
    expect(() => withProcessLifecycle(collector, 5 as never)).to.throw(TypeError, 'Expected `options` to be an object');
    expect(() => withProcessLifecycle(collector, { signal: [] } as object)).to.throw(TypeError, 'Expected `signal` to be left out');
    const before = process.listenerCount('exit');
    for (const signals of ['SIGTERM', ['SIGKILL'], ['SIGTERM', 'exit'], [15], ['toString']]) {
      expect(() => withProcessLifecycle(collector, { signals: signals as never })).to.throw(
        TypeError,
        'Expected `signals` to be a list of signals that a process can listen for, got ',
      );
    }
    expect(() => withProcessLifecycle({} as never)).to.throw(TypeError, 'Expected `collector` to be a collector, got an object');
    expect(process.listenerCount('exit')).to.equal(before);
  });
});
