import { expect } from 'chai';
import { Subject } from 'rxjs';
import type { CollectorFeature } from '../../lib/collector/collector-context.js';
import type { CollectorOptions } from '../../lib/collector/collector-options.js';
import type { Diagnostic } from '../../lib/collector/diagnostics.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { ConfigError } from '../../lib/errors/config-error.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { followerOf } from '../../lib/features/follow-event.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { namedSink } from '../support/sink-of.js';
import { VirtualClock } from '../support/virtual-clock.js';

const open = (options: CollectorOptions = {}, ...features: readonly CollectorFeature[]): EventCollector =>
  new EventCollector({ sinks: [], scheduler: new VirtualClock(), ...options }, ...features);

describe('EventCollector', () => {
  describe('its constructor', () => {
    it('names every fault of `config`', () => {
      const config = { batch: { maxCount: 0 }, categories: { usage: { minPriority: 'loud' } } };
      expect(() => open({ config } as object))
        .to.throw(ConfigError)
        .with.property('message')
        .that.contains('batch.maxCount')
        .and.contains('categories.usage.minPriority');
    });

    it('refuses an unknown option, and two sinks of one name', () => {
      expect(() => open({ sampleing: undefined } as object)).to.throw(TypeError, 'Did you mean `sampling`?');
      expect(() => open({ sinks: [namedSink('a'), namedSink('a')] })).to.throw(Error, 'a');
    });

    it('uses one enricher like a list of one', () => {
      const enricher = (event: AnalyticsEvent): AnalyticsEvent => ({ ...event, data: 'enriched' });
      for (const enrichers of [enricher, [enricher]]) {
        const collector = open({ enrichers });
        const seen: unknown[] = [];
        collector.subscribe(({ data }) => seen.push(data));
        collector.track('feature_used');
        expect(seen).to.deep.equal(['enriched']);
      }
    });

    it('adds the features of the user after its own, and their members to itself', () => {
      const collector = open({ enrichers: (event) => ({ ...event, data: 'first' }) }, (context) => {
        context.addStep('enrich', () => (event) => ({ ...event, data: [event.data, 'second'] }));
        return { answer: () => 42 };
      });
      const seen: unknown[] = [];
      collector.subscribe(({ data }) => seen.push(data));
      collector.track('feature_used');
      expect(seen).to.deep.equal([['first', 'second']]);
      expect((collector as EventCollector & { answer(): number }).answer()).to.equal(42);
    });

    it('refuses what is not a feature, and a feature that replaces a member', () => {
      expect(() => open({}, 5 as never)).to.throw(TypeError, '`features[0]` to be a function');
      for (const name of ['collect', 'registerSink', 'config', 'deadLetters$'])
        expect(() => open({}, () => ({ [name]: 1 })), name).to.throw(TypeError, `\`${name}\`, which exists already`);
    });

    it('leaves nothing subscribed if it throws', () => {
      const consent$ = new Subject<never>();
      expect(() => open({ consent$ }, () => ({ collect: 1 }))).to.throw(TypeError);
      expect(() => open({ consent$, sinks: [namedSink('a'), namedSink('a')] })).to.throw(Error);
      expect(consent$.observed).to.equal(false);
    });
  });

  describe('subscribe', () => {
    it('reports an observer that throws, unsubscribes it, and passes the events on to the others', async () => {
      const collector = open();
      const log: string[] = [];
      const reported: Diagnostic[] = [];
      collector.diagnostics$.subscribe((diagnostic) => reported.push(diagnostic));
      const error = new Error('no');
      const throwing = collector.subscribe(({ type }) => {
        log.push(`throwing ${type}`);
        throw error;
      });
      collector.subscribe({
        complete: () => {
          throw error;
        },
      });
      collector.subscribe(({ type }) => log.push(type));
      for (const type of ['a', 'b']) expect(collector.collect({ type })).to.equal('accepted');
      expect([log, throwing.closed]).to.deep.equal([['throwing a', 'a', 'b'], true]);
      await collector.shutdown();
      const errors = reported.filter(({ type }) => type === 'callback_error');
      expect(errors).to.have.length(2);
      expect(errors[0]).to.deep.include({ callback: 'subscriber', error });
    });

    it('keeps `this` of an observer', () => {
      const collector = open();
      const observer = {
        seen: [] as string[],
        next({ type }: AnalyticsEvent) {
          this.seen.push(type);
        },
      };
      collector.subscribe(observer);
      collector.collect({ type: 'a' });
      expect(observer.seen).to.deep.equal(['a']);
    });
  });

  it('has a complete and frozen configuration, which another one replaces', () => {
    const collector = open({ config: { batch: { maxCount: 5 } } });
    const { config } = collector;
    expect(config.batch.maxCount).to.equal(5);
    expect([config, config.batch, config.categories.usage].map((each) => Object.isFrozen(each))).to.deep.equal([true, true, true]);
    collector.updateConfig({ enabled: false });
    expect([config.enabled, collector.config.enabled, collector.config.batch.maxCount]).to.deep.equal([true, false, 5]);
    expect(() => collector.updateConfig({ enabled: 5 as never, batch: { maxCount: 9 } })).to.throw(ConfigError);
    expect(collector.config.batch.maxCount).to.equal(5);
  });

  it('is followed without promises unless `collectTracked` is replaced', () => {
    class Own extends EventCollector {
      override collectTracked(...args: Parameters<EventCollector['collectTracked']>): ReturnType<EventCollector['collectTracked']> {
        return super.collectTracked(...args);
      }
    }
    class Other extends EventCollector {}
    expect(followerOf(open())).to.be.a('function');
    expect(followerOf(new Other({ sinks: [] }))).to.be.a('function');
    expect(followerOf(new Own({ sinks: [] }))).to.equal(undefined);
  });

  it('has every member of its features', async () => {
    const sink = new MemorySink();
    const collector = open();
    collector.setMetadata({ locale: 'tlh' });
    collector.registerSink(sink);
    const settled = collector.collectTracked({ type: 'feature_used' });
    await collector.flush();
    expect(await settled).to.deep.equal({ outcome: 'accepted', sinks: { memory: 'delivered' } });
    expect(sink.events[0]?.metadata.locale).to.equal('tlh');
    await collector.unregisterSink('memory');
    collector.track('feature_used');
    await collector.flush();
    expect(sink.events).to.have.length(1);
    const batch = { id: 'x', sequence: 1, createdAt: 0, events: [], reason: 'count' } as const;
    const letter = { sink: 'unknown', batch, attempts: 1, error: new Error('no') } as never;
    expect([collector.redeliver(letter), collector.discard(letter)]).to.deep.equal([false, false]);
  });
});
