import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AnalyticsEvent } from '../lib/event/event.js';
import { ScriptedSink } from '../lib/testing/scripted-sink.js';
import { testCollector } from '../lib/testing/test-collector.js';
import { expectBalanced } from './support/books.js';

const ROOT = join(import.meta.dirname, '..');
const PROGRAM = join(ROOT, 'spec/support/programs/process-ends.ts');
/** Only a process that is kept alive by mistake takes longer. */
const TOO_LONG_MS = 30_000;

interface Ending {
  /** `null` for a process that had to be killed. */
  readonly code: number | null;
  readonly stderr: string;
  /** The program's output, as JSON. */
  readonly result: unknown;
}

function run(program: string): Promise<Ending> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import', 'tsx', PROGRAM, program],
      { cwd: ROOT, timeout: TOO_LONG_MS },
      (_error, stdout, stderr) => {
        resolve({ code: child.exitCode, stderr, result: stdout === '' ? undefined : JSON.parse(stdout) });
      },
    );
  });
}

describe('a process', function () {
  this.timeout(2 * TOO_LONG_MS);

  it('ends immediately while collectors hold, send or retry events that are not awaited', async () => {
    expect(await run('idle')).to.deep.equal({ code: 0, stderr: '', result: Array(6).fill('accepted') });
  });

  it('ends immediately while there is a subscriber', async () => {
    expect(await run('watching')).to.deep.equal({ code: 0, stderr: '', result: 0 });
  });

  it('stays for a shutdown until its deadline, and no longer', async () => {
    const sinks = { hanging: { delivered: 0, failed: 0, dropped: 1, pending: 0 } };
    expect(await run('shutdown')).to.deep.equal({ code: 0, stderr: '', result: { timedOut: true, held: 0, inStages: 0, sinks } });
  });

  it('stays for a flush until its deadline, and no longer', async () => {
    const sinks = { hanging: { delivered: 0, failed: 0, dropped: 0, pending: 1 } };
    expect(await run('flush')).to.deep.equal({ code: 0, stderr: '', result: { timedOut: true, held: 0, inStages: 0, sinks } });
  });

  it('stays for a sink that is being unregistered until its deadline, and no longer', async () => {
    const sinks = { hanging: { delivered: 0, failed: 0, dropped: 1, pending: 0 } };
    expect(await run('unregisterSink')).to.deep.equal({ code: 0, stderr: '', result: { timedOut: true, held: 0, inStages: 0, sinks } });
  });

  it('stays for waiting collectAsync calls, and no longer', async () => {
    expect(await run('collectAsync')).to.deep.equal({ code: 0, stderr: '', result: ['accepted', 'accepted', 'accepted'] });
  });

  it('completes a shutdown that sinks and stages ignore', async () => {
    const { code, result } = await run('a shutdown that nothing obeys');
    expect(code).to.equal(0);
    expect(result).to.deep.include({ timedOut: true, inStages: 1 });
  });

  it('is reported here when it ends too early', async () => {
    const { code, result } = await run('nothing');
    expect({ code, result }).to.deep.equal({ code: 13, result: undefined });
  });
});

describe('a hanging sink and two working ones', () => {
  const EVENTS = 1_000;
  const make = () => {
    const sinks = [new ScriptedSink('hanging', 'hang'), new ScriptedSink('good', 'ok'), new ScriptedSink('slow', 'ok:5')] as const;
    const made = testCollector({
      sinks,
      config: { batch: { maxCount: 10, maxAgeMs: 20 }, queue: { maxEvents: 300 } },
      lane: { timeoutMs: 50, retry: { baseDelayMs: 10, jitter: 'none' }, breaker: { failures: 3, openMs: 100 } },
    });
    const published: AnalyticsEvent[] = [];
    made.collector.events$.subscribe((event) => published.push(event));
    for (let n = 0; n < EVENTS; n += 1) {
      made.collector.track('feature_used', n);
      if (n % 7 === 0) made.advance(3);
      expectBalanced(made.collector);
    }
    return { ...made, sinks, published };
  };

  it('delays no batch for them', () => {
    const { collector, sinks, published, shutdown } = make();
    const [, good, slow] = sinks;
    shutdown({ timeoutMs: 200 });
    expect(good.delivered).to.deep.equal(published);
    expect(slow.delivered).to.deep.equal(published);
    for (const { at, attempt, batch } of good.attempts) expect([at, attempt]).to.deep.equal([batch.createdAt, 1]);
    expect(slow.attempts.map(({ batch }) => batch)).to.deep.equal(good.attempts.map(({ batch }) => batch));
    expectBalanced(collector);
  });

  it('is counted exactly in the report of the shutdown', () => {
    const { collector, scheduler, shutdown } = make();
    const lost: AnalyticsEvent[] = [];
    collector.deliveries$.subscribe((delivery) => {
      if (delivery.sink === 'hanging' && delivery.status !== 'delivered') lost.push(...delivery.batch.events);
    });
    const { droppedBy } = collector.stats().sinks.hanging ?? {};
    const overflowed = droppedBy?.overflow ?? 0;
    const startedAt = scheduler.now();
    const { timedOut, sinks } = shutdown({ timeoutMs: 200 });
    expect(scheduler.now() - startedAt).to.equal(200);
    expect(timedOut).to.equal(true);
    expect(sinks).to.deep.equal({
      hanging: { delivered: 0, failed: 0, dropped: EVENTS, pending: 0 },
      good: { delivered: EVENTS, failed: 0, dropped: 0, pending: 0 },
      slow: { delivered: EVENTS, failed: 0, dropped: 0, pending: 0 },
    });
    expect(lost).to.have.length(EVENTS - overflowed);
    expect(expectBalanced(collector).sinks.hanging?.droppedBy).to.deep.equal({ overflow: overflowed, shutdown: EVENTS - overflowed });
  });
});
