import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { LanePatch } from '../../lib/lane/lane-options.js';
import { LoopbackServer } from '../support/loopback-server.js';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'spec/support/programs/frozen.ts');

interface Report {
  readonly attempts: number;
  readonly delivered: number;
  readonly failed: number;
  readonly timedOut: boolean;
}

/** Runs the program, and stops it for `frozenMs` with each request that `answer` is to be given while it is stopped. */
async function freeze(
  lane: LanePatch,
  frozenMs: number,
  statusOf: (request: number) => { status: number; isFrozen: boolean },
  ...call: readonly string[]
) {
  let requests = 0;
  const server = await LoopbackServer.start((_received, response) => {
    const { status, isFrozen } = statusOf((requests += 1));
    if (isFrozen) program.kill('SIGSTOP');
    response.writeHead(status).end();
    if (isFrozen) setTimeout(() => program.kill('SIGCONT'), frozenMs);
  });
  const program = spawn(process.execPath, ['--import', 'tsx', PROGRAM, server.url, JSON.stringify(lane), ...call], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [printed] = await Promise.all([text(program.stdout), once(program, 'exit')]);
    return JSON.parse(printed) as Report;
  } finally {
    program.kill('SIGKILL');
    await server.stop();
  }
}

describe('a process that is stopped (SIGSTOP) and continued', () => {
  for (const frozenMs of [900, 3_000]) {
    it(`reads an answer that arrived meanwhile before a timeout, after ${String(frozenMs)} ms`, async () => {
      const report = await freeze({ timeoutMs: 500 }, frozenMs, () => ({ status: 204, isFrozen: true }));
      expect(report).to.deep.equal({ attempts: 1, delivered: 1, failed: 0, timedOut: false });
    });
  }

  for (const call of ['flush', 'shutdown']) {
    it(`restarts the time of ${call}`, async () => {
      const lane = { retry: { baseDelayMs: 300, jitter: 'none' } } as const;
      const report = await freeze(lane, 5_000, (request) => ({ status: request === 2 ? 204 : 503, isFrozen: request === 1 }), call, '1500');
      expect(report).to.deep.equal({ attempts: 2, delivered: 1, failed: 0, timedOut: false });
    });
  }

  it('ends flush after that time if nothing is delivered, and shutdown with the last failure', async () => {
    const lane = { retry: { baseDelayMs: 300, jitter: 'none' } } as const;
    const refuse = (request: number) => ({ status: 503, isFrozen: request === 1 });
    const flush = await freeze(lane, 3_000, refuse, 'flush', '1500');
    const shutdown = await freeze(lane, 3_000, refuse, 'shutdown', '1500');
    const shown = ({ delivered, failed, timedOut }: Report) => ({ delivered, failed, timedOut });
    expect([flush, shutdown].map(shown)).to.deep.equal([
      { delivered: 0, failed: 0, timedOut: true },
      { delivered: 0, failed: 1, timedOut: false },
    ]);
  });

  it('does not count the time for maxElapsedMs', async () => {
    const lane = { timeoutMs: 1_000, retry: { maxElapsedMs: 2_000, baseDelayMs: 200, jitter: 'none' } } as const;
    const report = await freeze(lane, 4_000, (request) => ({ status: request === 2 ? 204 : 503, isFrozen: request === 1 }));
    expect(report).to.deep.equal({ attempts: 2, delivered: 1, failed: 0, timedOut: false });
  });

  it('does not count the time for maxElapsedMs in a wait between attempts', async () => {
    const lane = { retry: { maxElapsedMs: 2_500, baseDelayMs: 500, jitter: 'none' } } as const;
    let isStopped = false;
    const server = await LoopbackServer.start((_received, response) => {
      response.writeHead(isStopped && server.requests.length > 2 ? 204 : 503).end();
      if (isStopped) return;
      isStopped = true;
      // After the answer was read, and before the next attempt.
      setTimeout(() => program.kill('SIGSTOP'), 200);
      setTimeout(() => program.kill('SIGCONT'), 4_200);
    });
    const program = spawn(process.execPath, ['--import', 'tsx', PROGRAM, server.url, JSON.stringify(lane)], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = await Promise.all([text(program.stdout), once(program, 'exit')]);
    await server.stop();
    expect(JSON.parse(printed)).to.deep.equal({ attempts: 3, delivered: 1, failed: 0, timedOut: false });
  });
});
