import '../support/angular.js';
import { expect } from 'chai';
import { Observable, Subject } from 'rxjs';
import type { Outside } from '../../lib/angular/outside.js';
import { createOutsideZone } from '../../lib/angular/outside-zone.js';
import { createCollector, type Collector } from '../../lib/collector/collector.js';
import type { CollectorFeature } from '../../lib/collector/collector-context.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { expectBalanced } from '../support/books.js';
import { sinkOf } from '../support/sink-of.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('createOutsideZone', () => {
  let clock: VirtualClock;
  let depth: number;
  let log: string[];

  beforeEach(() => {
    clock = new VirtualClock();
    depth = 0;
    log = [];
  });

  const outside: Outside = (work) => {
    depth += 1;
    try {
      return work();
    } finally {
      depth -= 1;
    }
  };
  const note = (what: string): void => {
    log.push(depth > 0 ? `${what} outside` : `${what} INSIDE`);
  };
  const ownWork = { isRunning: false };
  const collectorOf = <M = unknown>(
    sinks: readonly EventSink[],
    { beforeCollect, feature = () => ({}) as M }: { beforeCollect?: () => void; feature?: CollectorFeature<M> } = {},
  ): Collector & M =>
    createOutsideZone<AnalyticsEvent, Collector & M>(
      { outside, ownWork, beforeCollect },
      (outsideZone) =>
        createCollector<AnalyticsEvent, readonly [unknown, M]>(
          { scheduler: clock, sinks, batch: { maxCount: 2, maxAgeMs: 1_000 } },
          outsideZone,
          feature,
        ) as Collector & M,
    );

  it('runs a sink outside the zone, from a call, a timer and an answer', () => {
    const answers: Subject<void>[] = [];
    const collector = collectorOf([
      sinkOf(() => {
        note(`process ${String(ownWork.isRunning)}`);
        const answer = new Subject<void>();
        answers.push(answer);
        return answer;
      }),
    ]);
    collector.deliveries$.subscribe(() => {
      note('delivery');
    });
    collector.track('full');
    collector.track('full');
    collector.track('timer');
    answers[0]?.complete();
    clock.pass(1_000);
    answers[1]?.complete();
    expect(log).to.deep.equal(['process true outside', 'delivery outside', 'process true outside', 'delivery outside']);
    expect([depth, ownWork.isRunning]).to.deep.equal([0, false]);
    expectBalanced(collector);
  });

  it('calls beforeCollect before each event, and before nothing else', async () => {
    const collector = collectorOf([], {
      beforeCollect: () => {
        note('before');
      },
    });
    collector.collect({ type: 'a' });
    await collector.collectAsync({ type: 'b' });
    collector.stats();
    await collector.shutdown();
    expect(log).to.deep.equal(['before outside', 'before outside']);
  });

  it('collects an event of `track` with one call of beforeCollect', () => {
    const collector = collectorOf([], {
      beforeCollect: () => {
        note('before');
      },
    });
    collector.track('a');
    expect(log).to.deep.equal(['before outside']);
  });

  it('runs methods of features outside the zone, and subscribes to their Observables there', () => {
    const feature: CollectorFeature<{
      readonly ask: (question: string) => string;
      readonly facts$: Observable<string>;
      readonly limit: number;
    }> = () => ({
      ask: (question) => {
        note('ask');
        return `${question}!`;
      },
      facts$: new Observable((subscriber) => {
        note('subscribe');
        subscriber.next('fact');
        return () => undefined;
      }),
      limit: 5,
    });
    const collector = collectorOf([], { feature });
    const { ask } = collector;
    expect([ask('why'), collector.limit]).to.deep.equal(['why!', 5]);
    collector.facts$.subscribe(note);
    expect(log).to.deep.equal(['ask outside', 'subscribe outside', 'fact outside']);
  });

  it('leaves the zone for the creation, and enters it again if that fails', () => {
    const failing: CollectorFeature<object> = () => {
      note('feature');
      throw new Error('No');
    };
    expect(() => collectorOf([], { feature: failing })).to.throw('No');
    expect([log, depth]).to.deep.equal([['feature outside'], 0]);
  });

  it('throws what a method throws, and enters the zone again', () => {
    const feature: CollectorFeature<{ readonly fail: () => void }> = () => ({
      fail: () => {
        throw new Error('No');
      },
    });
    const collector = collectorOf([], { feature });
    expect(() => {
      collector.fail();
    }).to.throw('No');
    expect(depth).to.equal(0);
  });

  it('refuses an invalid sink as createCollector does', () => {
    const refusal = (create: (sinks: readonly EventSink[]) => unknown, sink: unknown): string => {
      try {
        create([sink as EventSink]);
        return '';
      } catch (error) {
        return String(error);
      }
    };
    for (const sink of [null, {}, { name: 'sink' }, { name: '', process: () => undefined }]) {
      const plain = refusal((sinks) => createCollector({ sinks }), sink);
      expect(plain).to.match(/^TypeError/);
      expect(refusal(collectorOf, sink)).to.equal(plain);
    }
  });
});
