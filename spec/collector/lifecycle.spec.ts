import { expect } from 'chai';
import { NEVER, timer } from 'rxjs';
import type { FlushReport } from '../../lib/collector/flush-report.js';
import { createCollector } from '../../lib/collector/collector.js';
import { fitted, inBackground } from '../support/fitted.js';
import { namedSink } from '../support/sink-of.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('Lifecycle', () => {
  it('reports the counts of every sink at the end of a flush', async () => {
    const clock = new VirtualClock();
    const collector = createCollector({ scheduler: clock, sinks: [namedSink('good'), namedSink('slow', () => timer(100, clock))] });
    collector.collect({ type: 'a' });
    const flushed = collector.flush();
    clock.pass(100);
    expect(await flushed).to.deep.equal({
      timedOut: false,
      held: 0,
      inStages: 0,
      sinks: {
        good: { delivered: 1, failed: 0, dropped: 0, pending: 0 },
        slow: { delivered: 1, failed: 0, dropped: 0, pending: 0 },
      },
    });
  });

  it('ends a flush at its deadline, and leaves the events pending', async () => {
    const clock = new VirtualClock();
    const collector = createCollector({ scheduler: clock, lane: { timeoutMs: Infinity }, sinks: [namedSink('hanging', () => NEVER)] });
    collector.collect({ type: 'a' });
    let report: FlushReport | undefined;
    inBackground(collector.flush({ timeoutMs: 500 }).then((each) => (report = each)));
    clock.pass(499);
    await Promise.resolve();
    expect(report).to.equal(undefined);
    clock.pass(1);
    await Promise.resolve();
    expect(report).to.deep.include({ timedOut: true });
    expect(report?.sinks['hanging']).to.include({ pending: 1, dropped: 0 });
  });

  it('drops events that are left at the deadline of a shutdown', async () => {
    const clock = new VirtualClock();
    const collector = createCollector({ scheduler: clock, lane: { timeoutMs: Infinity }, sinks: [namedSink('hanging', () => NEVER)] });
    collector.collect({ type: 'a' });
    const ended = collector.shutdown({ timeoutMs: 500 });
    clock.pass(500);
    const report = await ended;
    expect(report.timedOut).to.equal(true);
    expect(report.sinks['hanging']).to.include({ pending: 0, dropped: 1 });
    expect(clock.timers).to.equal(0);
  });

  it('has one shutdown, and refuses events once it is called', async () => {
    const clock = new VirtualClock();
    const collector = createCollector({ scheduler: clock, sinks: [namedSink('good')] });
    const first = collector.shutdown();
    expect(collector.shutdown({ timeoutMs: 1 })).to.equal(first);
    expect(collector.collect({ type: 'a' })).to.equal('closed');
    await first;
  });

  it('rejects an invalid timeout, and does not shut down', async () => {
    const collector = createCollector({ scheduler: new VirtualClock() });
    for (const call of ['flush', 'shutdown'] as const) {
      const error: unknown = await collector[call]({ timeoutMs: -1 }).catch((cause: unknown) => cause);
      expect(error).to.be.instanceOf(TypeError);
      expect(String(error)).to.include('Expected `timeoutMs` to be a number of milliseconds');
    }
    expect(collector.collect({ type: 'a' })).to.equal('accepted');
  });

  it('completes every observable after the report of the shutdown', () => {
    const completed: string[] = [];
    fitted({ sinks: [namedSink('good')] }, [], ({ collector, at }) => {
      collector.events$.subscribe({ complete: () => completed.push('events$') });
      collector.deliveries$.subscribe({ complete: () => completed.push('deliveries$') });
      collector.collect({ type: 'a' });
      at(10, () => {
        expect(completed).to.deep.equal([]);
        inBackground(collector.shutdown());
      });
    });
    expect(completed.sort()).to.deep.equal(['deliveries$', 'events$']);
  });
});
