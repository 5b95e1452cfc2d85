import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import type { CollectorStats } from '../lib/ledger/ledger.js';
import { expectBalancedStats } from './support/books.js';

/**
 * A million, in a fraction of the memory that they would fill. For ten million, and many minutes:
 *
 *     LOAD_EVENTS=10000000 npx mocha spec/load.process.spec.ts
 */
const EVENTS = Number(process.env.LOAD_EVENTS ?? 1_000_000);
const ROOT = join(import.meta.dirname, '..');
const PROGRAM = join(ROOT, 'spec/support/programs/load.ts');
const MB = 2 ** 20;
/** For the program and all that is in flight at a time. A million events alone take twice as much. */
const HEAP_MB = 128;

interface Load {
  readonly growthBytes: number;
  readonly stats: CollectorStats;
}

async function load<T = Load>(program: string): Promise<T> {
  const flags = ['--expose-gc', `--max-old-space-size=${String(HEAP_MB)}`, '--import', 'tsx'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, PROGRAM, program, String(EVENTS)], { cwd: ROOT });
  return JSON.parse(stdout) as T;
}

describe(`${String(EVENTS)} events`, function () {
  this.timeout(60_000 * (1 + EVENTS / 1_000_000));

  it('pass through a collector to two good sinks, and leave nothing behind', async () => {
    const { growthBytes, stats } = await load('good sinks');
    expectBalancedStats(stats);
    expect(stats).to.include({ eventsReceived: EVENTS, eventsProcessed: EVENTS });
    for (const sink of Object.values(stats.sinks)) expect(sink).to.include({ offered: EVENTS, delivered: EVENTS });
    expect(growthBytes).to.be.below(2 * MB);
  });

  it('leave no memory allocated in a lane after a backlog, either', async () => {
    const { growthBytes, stats, burst, maxEvents } = await load<Load & { burst: number; maxEvents: number }>(
      'a sink that fell behind once',
    );
    expectBalancedStats(stats);
    expect(stats.sinks.slow).to.include({ offered: EVENTS, delivered: EVENTS - (burst - maxEvents), dropped: burst - maxEvents });
    expect(growthBytes).to.be.below(2 * MB);
  });

  it('pass through batch and fanOut alone, and leave nothing behind', async () => {
    const { growthBytes, settled, delivered } = await load<{ growthBytes: number; settled: number; delivered: number[] }>(
      'operators alone',
    );
    expect(delivered).to.deep.equal([EVENTS, EVENTS]);
    expect(settled).to.equal(2 * EVENTS);
    expect(growthBytes).to.be.below(2 * MB);
  });

  it('use at most 1.5 times the memory of a full lane if the sink never answers', async () => {
    const { growthBytes, stats, bytesPerEvent, maxEvents } = await load<Load & { bytesPerEvent: number; maxEvents: number }>('a dead sink');
    expectBalancedStats(stats);
    expect(stats.sinks.dead).to.deep.include({ offered: EVENTS, pending: maxEvents, droppedBy: { overflow: EVENTS - maxEvents } });
    expect(growthBytes).to.be.below(1.5 * maxEvents * bytesPerEvent);
    // A failed measurement must not pass as a good one.
    expect(growthBytes).to.be.above(0.5 * maxEvents * bytesPerEvent);
  });

  it('are all delivered with back-pressure, with few in memory at a time', async () => {
    const { growthBytes, stats, accepted, mostPending, maxEvents } = await load<
      Load & { accepted: number; mostPending: number; maxEvents: number }
    >('back-pressure');
    expectBalancedStats(stats);
    expect(accepted).to.equal(EVENTS);
    expect(stats.eventsDropped).to.equal(0);
    expect(stats.sinks.slow).to.include({ offered: EVENTS, delivered: EVENTS, dropped: 0 });
    expect(mostPending).to.be.within(1, maxEvents);
    expect(growthBytes).to.be.below(2 * MB);
  });

  it('use no more memory if each has another type', async () => {
    const { growthBytes, stats } = await load('types without end');
    expectBalancedStats(stats);
    expect(stats.eventsReceived).to.equal(EVENTS);
    expect(growthBytes).to.be.below(2 * MB);
  });
});
