import { expect } from 'chai';
import { createCollector } from '../../lib/collector/collector.js';
import type { CollectorContext } from '../../lib/collector/collector-context.js';
import { kernelFeature, kernelOf, kernelOfContext } from '../../lib/collector/kernel.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { namedSink } from '../support/sink-of.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('Kernel', () => {
  it('starts features after sinks, and completes them once after shutdown', async () => {
    const calls: string[] = [];
    const sink = new MemorySink();
    const collector = createCollector({ scheduler: new VirtualClock(), sinks: [sink] }, (context: CollectorContext) => {
      calls.push('install');
      context.onStart((running) => {
        calls.push('start');
        running.collect({ type: 'started' });
      });
      context.onComplete(() => calls.push('complete'));
    });
    expect(calls).to.deep.equal(['install', 'start']);
    await collector.shutdown();
    await collector.shutdown();
    expect(calls).to.deep.equal(['install', 'start', 'complete']);
    expect(sink.events.map(({ type }) => type)).to.deep.equal(['started']);
  });

  it('releases what was started if a feature fails to start', () => {
    const calls: string[] = [];
    const failing = (context: CollectorContext): void => {
      context.onComplete(() => calls.push('complete'));
      context.onStart(() => {
        throw new Error('no start');
      });
    };
    const clock = new VirtualClock();
    expect(() => createCollector({ scheduler: clock }, failing)).to.throw('no start');
    expect([calls, clock.timers]).to.deep.equal([['complete'], 0]);
  });

  it('completes the other features if one throws', async () => {
    let isCompleted = false;
    const collector = createCollector({ scheduler: new VirtualClock() }, (context: CollectorContext) => {
      context.onComplete(() => {
        throw new Error('boom');
      });
      context.onComplete(() => (isCompleted = true));
    });
    await collector.shutdown();
    expect(isCompleted).to.equal(true);
  });

  it('throws for an invalid sink with its position, and for a duplicate name', () => {
    const make =
      (...sinks: unknown[]) =>
      () =>
        createCollector({ sinks: sinks as never, scheduler: new VirtualClock() });
    expect(make(namedSink('a'), {})).to.throw(TypeError, 'Expected `sinks[1]` to be a sink');
    expect(make(namedSink('a'), namedSink('a'))).to.throw("Duplicate sink name 'a'");
  });

  it('cuts a batch immediately for a critical event', () => {
    const sink = new MemorySink();
    const collector = createCollector({ sinks: [sink], scheduler: new VirtualClock() });
    collector.collect({ type: 'a' });
    expect(sink.events).to.have.length(0);
    collector.collect({ type: 'b', priority: 'critical' });
    expect(sink.events.map(({ type }) => type)).to.deep.equal(['a', 'b']);
  });

  it('refuses a context of another copy of the package', () => {
    expect(() => kernelOfContext({ addStep: () => undefined } as never)).to.throw(TypeError, 'Expected the context of a collector');
    expect(() => kernelFeature(() => 1)({} as never)).to.throw(TypeError);
    expect(kernelOf({})).to.equal(undefined);
    expect(kernelOf(createCollector({ scheduler: new VirtualClock() }))).to.not.equal(undefined);
  });
});
