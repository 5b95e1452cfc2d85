import { expect } from 'chai';
import { map, NEVER } from 'rxjs';
import { createCollector } from '../../lib/collector/collector.js';
import type { CollectorContext } from '../../lib/collector/collector-context.js';
import { kernelFeature, kernelOf, kernelOfContext } from '../../lib/collector/kernel.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { withByteLimit } from '../../lib/features/with-byte-limit.js';
import { withDiagnostics } from '../../lib/features/with-diagnostics.js';
import { withStages } from '../../lib/features/with-stages.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';
import { throwing } from '../support/hostile.js';
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

  it("reports errors of a feature's `onComplete` and of the scheduler as errors of the pipeline", async () => {
    const errors: unknown[] = [];
    const broken = new Error('no timers');
    const clock = new VirtualClock();
    let isBroken = false;
    const scheduler = {
      now: () => clock.now(),
      schedule: (...given: Parameters<VirtualClock['schedule']>) => {
        if (isBroken) throw broken;
        return clock.schedule(...given);
      },
    };
    const boom = new Error('boom');
    const failing = (context: CollectorContext): void => {
      context.onComplete(() => {
        throw boom;
      });
    };
    const sinks = [namedSink('waits', () => NEVER)];
    const collector = createCollector({ scheduler, sinks, batch: { maxCount: 1 } }, failing, withDiagnostics());
    collector.diagnostics$.subscribe((each) => {
      if (each.type === 'callback_error') errors.push([each.callback, each.error]);
    });
    const pause = collector.pause();
    collector.collect({ type: 'a' });
    isBroken = true;
    pause.unsubscribe();
    isBroken = false;
    expect(errors).to.deep.equal([['pipeline', broken]]);
    const ended = collector.shutdown({ timeoutMs: 0 });
    clock.pass(0);
    await ended;
    expect(errors.slice(1)).to.deep.equal([['pipeline', boom]]);
  });

  it('starts ids of batches with the time of the scheduler', () => {
    const clock = new VirtualClock();
    const sink = new MemorySink();
    const collector = createCollector({ sinks: [sink], scheduler: clock, batch: { maxCount: 1 } });
    clock.pass(1_234);
    collector.collect({ type: 'a' });
    const [id = ''] = sink.getEvents().map((batch) => batch.id);
    expect(parseInt(id.replaceAll('-', '').slice(0, 12), 16)).to.equal(clock.now());
  });

  it('counts events that a stage has made too large as `too_large`, and unreadable ones as `stage_error`', () => {
    const made: Readonly<Record<string, unknown>> = { large: 'x'.repeat(500), unreadable: throwing(new Error('no')) };
    const grow = map((event: AnalyticsEvent) => ({ ...event, data: made[event.type] }));
    const sink = new MemorySink();
    const collector = createCollector(
      { sinks: [sink], scheduler: new VirtualClock(), batch: { maxCount: 1 } },
      withStages(grow),
      withByteLimit(500),
    );
    for (const type of ['large', 'unreadable', 'whole']) expect(collector.track(type)).to.equal('accepted');
    expect(sink.events.map(({ type }) => type)).to.deep.equal(['whole']);
    expect(expectBalanced(collector).dropped).to.include({ too_large: 1, stage_error: 1 });
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
