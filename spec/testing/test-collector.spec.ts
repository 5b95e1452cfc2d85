import { expect } from 'chai';
import { asyncScheduler, interval, VirtualTimeScheduler } from 'rxjs';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { rate } from '../../lib/sampling/rate.js';
import { scriptedSink } from '../../lib/testing/scripted-sink.js';
import { sequentialIds } from '../../lib/testing/sequential-ids.js';
import { testCollector } from '../../lib/testing/test-collector.js';
import { expectBalanced } from '../support/books.js';

describe('testCollector', () => {
  it('delivers to a memory sink', () => {
    const { collector, sink, flush } = testCollector();
    collector.track('feature_used', { feature: 'search' });
    flush();
    expect(sink.events.map(({ type }) => type)).to.deep.equal(['feature_used']);
    expectBalanced(collector);
  });

  it('creates the same events and batches in every run', () => {
    const run = (): unknown => {
      const { collector, sink, advance, flush } = testCollector({ sampling: rate(0.5), config: { batch: { maxCount: 3 } } });
      for (let count = 0; count < 20; count += 1) {
        collector.track('feature_used', { count });
        advance(10);
      }
      flush();
      return sink.getEvents();
    };
    expect(run()).to.deep.equal(run());
  });

  it('adds the same metadata on every machine', () => {
    const { collector, sink, flush } = testCollector({ metadata: { appVersion: '1.4.2' } });
    collector.track('feature_used', { feature: 'search' });
    flush();
    const [event] = sink.events;
    expect(event).to.deep.equal({
      id: '00000000-0000-7000-8000-000000000001',
      type: 'feature_used',
      category: 'usage',
      priority: 'normal',
      timestamp: 0,
      sessionId: 'session',
      data: { feature: 'search' },
      metadata: { os: 'test', arch: 'test', locale: 'en', timezoneOffset: 0, appVersion: '1.4.2' },
      weight: 1,
    } satisfies AnalyticsEvent);
  });

  it('lets a scripted sink that is registered later answer in its time, too', () => {
    const { collector, advance } = testCollector({ config: { batch: { maxCount: 1 } } });
    const sink = scriptedSink('late', 'ok:250');
    collector.registerSink(sink);
    advance(1_000);
    collector.track('feature_used');
    advance(249);
    expect(sink.delivered).to.deep.equal([]);
    advance(1);
    expect(sink.delivered).to.have.length(1);
    expect(sink.attempts.map(({ at }) => at)).to.deep.equal([1_000]);
  });

  it('calls a metadata function for each event', () => {
    let calls = 0;
    const { collector, sink, flush } = testCollector({ metadata: () => ({ os: 'mine', calls: (calls += 1) }) });
    collector.track('feature_used');
    collector.track('feature_used');
    flush();
    const [, second] = sink.events;
    expect(second?.metadata).to.include({ os: 'mine', arch: 'test' });
    expect(second?.metadata.calls).to.equal((sink.events[0]?.metadata.calls as number) + 1);
  });

  it('uses the given options instead of its defaults', () => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.frame = 1_000;
    const newId = sequentialIds('mine');
    const { collector, sink, flush, ...rest } = testCollector({
      scheduler,
      sessionId: 'mine',
      random: () => 0.9,
      newId,
      sampling: rate(0.5),
      sinks: [new MemorySink({ name: 'first' }), new MemorySink({ name: 'second' })],
    });
    expect(rest.scheduler).to.equal(scheduler);
    expect(collector.collectBatch(Array.from({ length: 8 }, () => ({ type: 'feature_used' }))).sampled, 'sampled out by `random`').to.equal(
      8,
    );
    collector.collect({ type: 'error_occurred', priority: 'high' });
    flush();
    expect(sink.name).to.equal('first');
    expect(sink.events[0]).to.include({ id: 'mine-00000009', timestamp: 1_000, sessionId: 'mine' });
  });

  it('refuses a scheduler whose time is not virtual', () => {
    expect(() => testCollector({ scheduler: asyncScheduler as unknown as VirtualTimeScheduler })).to.throw(
      TypeError,
      'Expected `scheduler` to be a VirtualTimeScheduler',
    );
  });

  it('can have no sink at all', () => {
    const { collector, sink, flush } = testCollector({ sinks: [] as EventSink[] });
    collector.track('feature_used');
    expect(flush().sinks).to.deep.equal({});
    expect(sink instanceof MemorySink && sink.events).to.deep.equal([]);
    expect(expectBalanced(collector).eventsProcessed).to.equal(1);
  });

  describe('advance', () => {
    it('runs only work that is due', () => {
      const { collector, sink, scheduler, advance } = testCollector({ config: { batch: { maxAgeMs: 5_000 } } });
      advance(100);
      collector.track('feature_used');
      advance(4_999);
      expect(sink.getEvents()).to.deep.equal([]);
      advance(1);
      expect(sink.getEvents().map(({ reason, createdAt }) => [reason, createdAt])).to.deep.equal([['age', 5_100]]);
      expect(scheduler.now()).to.equal(5_100);
    });

    it('moves the clock when nothing is due', () => {
      const { scheduler, advance } = testCollector();
      advance(0.5);
      advance(0);
      expect(scheduler.now()).to.equal(0.5);
    });

    it('never moves the clock back, not even from inside of scheduled work', () => {
      const { collector, scheduler, advance } = testCollector({ config: { batch: { maxAgeMs: 10 } } });
      collector.batches$.subscribe(() => {
        advance(100);
      });
      collector.track('feature_used');
      advance(20);
      expect(scheduler.now()).to.equal(110);
    });

    it('leaves no state that would stop the scheduler', () => {
      const { scheduler, advance } = testCollector();
      advance(10);
      let isDone = false;
      scheduler.schedule(() => (isDone = true), 100);
      scheduler.flush();
      expect(isDone).to.equal(true);
    });

    it('refuses to go back in time', () => {
      expect(() => {
        testCollector().advance(-1);
      }).to.throw(TypeError, 'Expected `ms` to be a finite number ≥ 0');
    });

    it('throws the error of a timer to the test, and can continue', () => {
      const { scheduler, advance } = testCollector();
      scheduler.schedule(() => {
        throw new Error('boom');
      }, 5);
      expect(() => {
        advance(10);
      }).to.throw('boom');
      advance(10);
      expect(scheduler.now()).to.equal(15);
    });
  });

  describe('flush', () => {
    it('uses as much virtual time as the sinks need, and no more', () => {
      const sink = scriptedSink('slow', 'ok:250');
      const { collector, flush, scheduler } = testCollector({ sinks: [sink] });
      collector.track('feature_used');
      const report = flush();
      expect(report).to.deep.equal({
        timedOut: false,
        held: 0,
        inStages: 0,
        sinks: { slow: { delivered: 1, failed: 0, dropped: 0, pending: 0 } },
      });
      expect(scheduler.now()).to.equal(250);
    });

    it('reports a timeout at its instant', () => {
      const { collector, flush, scheduler } = testCollector({ sinks: [scriptedSink('dead', 'hang')], lane: { timeoutMs: Infinity } });
      collector.track('feature_used');
      expect(flush({ timeoutMs: 700 })).to.include({ timedOut: true });
      expect(scheduler.now()).to.equal(700);
      expect(expectBalanced(collector).sinks.dead?.pending).to.equal(1);
    });

    it('reports a timeout when a sink answers with a promise', () => {
      const sink: EventSink = { name: 'promising', process: () => Promise.resolve() };
      const { collector, flush } = testCollector({ sinks: [sink] });
      collector.track('feature_used');
      expect(flush()).to.include({ timedOut: true });
    });

    it('returns the report of each flush separately', () => {
      const { collector, flush } = testCollector();
      for (const delivered of [1, 2, 3]) {
        collector.track('feature_used');
        expect(flush().sinks.memory).to.include({ delivered });
      }
    });

    it('does not end early if a sink leaves meanwhile', () => {
      const { collector, flush, scheduler } = testCollector({
        sinks: [scriptedSink('leaving', 'ok:10'), scriptedSink('staying', 'ok:50')],
      });
      collector.track('feature_used');
      collector.unregisterSink('leaving');
      flush();
      expect(scheduler.now()).to.equal(50);
    });

    it('throws if no timer is left that could end it', () => {
      const sink: EventSink = { name: 'promising', process: () => Promise.resolve() };
      const { collector, flush } = testCollector({ sinks: [sink], lane: { timeoutMs: Infinity } });
      collector.track('feature_used');
      expect(() => flush({ timeoutMs: Infinity })).to.throw('Expected the flush to end in virtual time, but no timer is left');
    });

    it('throws if the collector is shut down', () => {
      const { flush, shutdown } = testCollector();
      shutdown();
      expect(() => flush()).to.throw('Expected a running collector, got one that is shut down');
    });

    it('ends although a timer never ends', () => {
      const { collector, flush, scheduler } = testCollector({ sinks: [scriptedSink('slow', 'ok:50')] });
      interval(20, scheduler).subscribe();
      collector.track('feature_used');
      expect(flush().timedOut).to.equal(false);
      expect(scheduler.now()).to.equal(50);
    });
  });

  describe('shutdown', () => {
    it('delivers open events, and flushes and closes the sinks', () => {
      const sink = scriptedSink('it', 'ok:20', { flush: 'ok:30', close: 'ok:40' });
      const { collector, shutdown, scheduler } = testCollector({ sinks: [sink] });
      collector.track('feature_used');
      expect(shutdown().sinks.it).to.include({ delivered: 1, pending: 0 });
      expect(scheduler.now()).to.equal(90);
      expect([sink.flushed, sink.closed]).to.deep.equal([1, 1]);
      expectBalanced(collector);
    });

    it('returns the same report twice', () => {
      const { shutdown } = testCollector();
      expect(shutdown()).to.equal(shutdown());
    });

    it('leaves no scheduled work', () => {
      const { collector, shutdown, scheduler } = testCollector({ sinks: [scriptedSink('flaky', 'fail 503')] });
      collector.diagnostics$.subscribe();
      collector.track('feature_used');
      shutdown();
      expect(scheduler.actions).to.deep.equal([]);
    });
  });

  it('shows retries, a breaker and a recovery at their virtual instants', () => {
    const sink = scriptedSink('flaky', 'fail fail ok');
    const lane = { retry: { baseDelayMs: 100, jitter: 'none' }, breaker: { failures: 2, openMs: 5_000 } } as const;
    const { collector, flush } = testCollector({ sinks: [sink], lane });
    const seen: unknown[] = [];
    collector.diagnostics$.subscribe((each) => {
      if (each.type === 'breaker') seen.push([each.at, each.state]);
    });
    collector.track('feature_used');
    flush();
    expect(sink.attempts.map(({ at }) => at)).to.deep.equal([0, 100, 5_100]);
    expect(seen).to.deep.equal([
      [100, 'open'],
      [5_100, 'half-open'],
      [5_100, 'closed'],
    ]);
    expectBalanced(collector);
  });

  it('simulates a day with one event a minute', () => {
    const MINUTES = 24 * 60;
    const { collector, sink, scheduler, advance } = testCollector({ config: { batch: { maxAgeMs: 30_000 } } });
    const startedAt = performance.now();
    for (let minute = 0; minute < MINUTES; minute += 1) {
      collector.track('feature_used', { minute });
      advance(60_000);
    }
    console.log(`      a virtual day of ${String(MINUTES)} age flushes took ${(performance.now() - startedAt).toFixed(1)} ms`);
    expect(scheduler.now()).to.equal(24 * 3_600_000);
    expect(sink.getEvents().map(({ createdAt }) => createdAt)).to.deep.equal(
      Array.from({ length: MINUTES }, (_, minute) => minute * 60_000 + 30_000),
    );
    expect(expectBalanced(collector).flushReasons.age).to.equal(MINUTES);
  });
});
