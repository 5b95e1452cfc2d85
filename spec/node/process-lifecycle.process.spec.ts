import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'chai';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { withProcessLifecycle } from '../../lib/node/process-lifecycle.js';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'spec/support/programs/lifecycles.ts');
const TOO_LONG_MS = 30_000;

/** Runs a program, sends it these signals once it is ready, and reports how it ended. */
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

  it('delivers before a process with nothing left to do ends', async () => {
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

  it('waits for a collector that is created in the meantime, and ends', async () => {
    const { signal, lines } = await run('another collector, later', 'SIGTERM');
    expect(signal).to.equal('SIGTERM');
    expect(lines).to.have.members([...DELIVERED, 'late 1 2', 'late closed']);
  });

  it('waits for a hanging sink until its deadline', async () => {
    expect(await run('a hanging sink, briefly', 'SIGTERM')).to.deep.equal({ code: null, signal: 'SIGTERM', lines: [], stderr: '' });
  });

  it('waits no longer for a shutdown with a later deadline', async () => {
    expect(await run('a shutdown of its own', 'SIGTERM')).to.deep.equal({ code: null, signal: 'SIGTERM', lines: [], stderr: '' });
  });

  it('ends immediately for a second signal, half a second after the first', async () => {
    expect(await run('two signals')).to.include({ code: null, signal: 'SIGINT' });
  });

  it('leaves the end to other listeners, and delivers in the meantime', async () => {
    expect(await run('others listen', 'SIGTERM')).to.deep.equal({ code: 7, signal: null, lines: ['slow 1 2'], stderr: '' });
    expect(await run('is heard throwing')).to.deep.equal({ code: 8, signal: null, lines: ['slow 1 2'], stderr: '' });
  });

  it('ends within the deadline if others only listen, and calls them once', async () => {
    const { code, lines } = await run('others only listen', 'SIGTERM');
    expect(code).to.equal(143);
    expect(lines.filter((line) => line !== 'slow closed')).to.deep.equal(['heard', 'slow 1 2']);
  });

  it('ends for the message that PM2 sends', async () => {
    const child = fork(PROGRAM, ['stays'], { cwd: ROOT, execArgv: ['--import', 'tsx'], silent: true, timeout: TOO_LONG_MS });
    let stdout = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout === 'ready\n') child.send('shutdown');
    });
    const [code] = (await once(child, 'close')) as [number | null];
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `ready\n${DELIVERED.join('\n')}\n` });
  });

  it('does not keep a process alive that has a channel to its parent', async () => {
    const child = fork(PROGRAM, ['nothing'], { cwd: ROOT, execArgv: ['--import', 'tsx'], silent: true, timeout: TOO_LONG_MS });
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
  });

  it('shares one set of listeners among all lifecycles', async () => {
    expect(await run('eleven collectors')).to.deep.equal({ code: 0, signal: null, lines: ['1 1 1 1'], stderr: '' });
  });

  for (const program of ['throws', 'rejects']) {
    it(`delivers before an uncaught error has its effect: ${program}`, async () => {
      const { code, lines, stderr } = await run(program);
      expect({ code, lines }).to.deep.equal({ code: 1, lines: DELIVERED });
      expect(stderr).to.contain('RangeError: not caught');
    });
  }

  it('flushes on process.exit(), for sinks that deliver synchronously', async () => {
    expect(await run('exits')).to.deep.equal({ code: 5, signal: null, lines: ['atOnce 1 2'], stderr: '' });
  });

  it('removes its listeners with a shutdown', async () => {
    expect((await run('shuts down')).lines).to.deep.equal([...DELIVERED, 'true']);
  });

  it('removes its listeners when it is unsubscribed', async () => {
    const collector = new EventCollector({ sinks: [] });
    const events = ['beforeExit', 'exit', 'SIGTERM', 'SIGINT', 'uncaughtExceptionMonitor', 'newListener', 'removeListener'];
    const counts = (): number[] => events.map((event) => process.listenerCount(event));
    const before = counts();
    const lifecycle = withProcessLifecycle(collector);
    expect(counts()).to.deep.equal(before.map((count) => count + 1));
    lifecycle.unsubscribe();
    expect(counts()).to.deep.equal(before);
    await collector.shutdown();
  });

  it('replaces `process.emit` only while other code listens for unhandled rejections', async () => {
    const others = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[];
    process.removeAllListeners('unhandledRejection');
    const isReplaced = (): boolean => Object.hasOwn(process, 'emit');
    const listener = (): void => undefined;
    const collector = new EventCollector({ sinks: [] });
    const lifecycle = withProcessLifecycle(collector);
    expect(isReplaced()).to.equal(false);
    process.on('unhandledRejection', listener);
    expect(isReplaced()).to.equal(true);
    process.off('unhandledRejection', listener);
    expect(isReplaced()).to.equal(false);
    process.on('unhandledRejection', listener);
    lifecycle.unsubscribe();
    expect(isReplaced()).to.equal(false);
    process.off('unhandledRejection', listener);
    for (const each of others) process.on('unhandledRejection', each);
    await collector.shutdown();
  });

  it('throws for invalid options', () => {
    const collector = new EventCollector({ sinks: [] });
    expect(() => withProcessLifecycle(collector, { timeoutMs: -1 })).to.throw(TypeError, 'Expected `timeoutMs` to be');
    expect(() => withProcessLifecycle(collector, 5 as never)).to.throw(TypeError, 'Expected `options` to be an object');
    expect(() => withProcessLifecycle(collector, { signal: [] } as object)).to.throw(
      TypeError,
      'Unknown option `signal`. Did you mean `signals`?',
    );
    const before = process.listenerCount('exit');
    for (const signals of ['SIGTERM', ['SIGKILL'], ['SIGTERM', 'exit'], [15], ['toString']]) {
      expect(() => withProcessLifecycle(collector, { signals: signals as never })).to.throw(
        TypeError,
        'Expected `signals` to be a list of signals that a process can listen for, got ',
      );
    }
    expect(() => withProcessLifecycle(collector, { others: 'ignore' as never })).to.throw(TypeError, 'Expected `others` to be one of');
    expect(() => withProcessLifecycle({} as never)).to.throw(TypeError, 'Expected `collector` to be a collector, got an object');
    expect(process.listenerCount('exit')).to.equal(before);
  });
});
