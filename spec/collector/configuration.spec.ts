import { expect } from 'chai';
import { NEVER, Subscription } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { ConfigError } from '../../lib/errors/config-error.js';
import { everything } from '../../lib/sampling/everything.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';
import { virtually } from '../support/virtual.js';

describe("a collector's configuration", () => {
  it('throws every fault at construction', () => {
    expect(() => new EventCollector({ config: { batch: { maxCount: 0 }, privacyLevel: 'loud' as 'full' } }))
      .to.throw(ConfigError)
      .with.property('faults')
      .with.length(2);
  });

  it('is swapped as a whole: an invalid update changes nothing', () => {
    const collector = new EventCollector({ sinks: [], config: { batch: { maxCount: 7 } } });
    const before = collector.config;
    expect(() => {
      collector.updateConfig({ privacyLevel: 'off', batch: { maxCount: -1 } });
    }).to.throw(ConfigError);
    expect(collector.config).to.equal(before);
    expect(collector.track('feature_used')).to.equal('accepted');
  });

  it('is merged deeply, and undefined resets a key to its default', () => {
    const collector = new EventCollector({ config: { batch: { maxCount: 7, maxAgeMs: 5 } } });
    collector.updateConfig({ batch: { maxCount: undefined }, queue: { maxEvents: 50 } });
    expect(collector.config.batch).to.deep.equal({ maxCount: 100, maxBytes: Infinity, maxAgeMs: 5 });
    expect(collector.config.queue.maxEvents).to.equal(50);
  });

  it('applies from the next event', () => {
    const collector = new EventCollector({ sinks: [] });
    expect(collector.track('feature_used')).to.equal('accepted');
    collector.updateConfig({ privacyLevel: 'minimal' });
    expect(collector.track('feature_used')).to.equal('filtered');
    expect(collector.track('error_occurred')).to.equal('accepted');
    collector.updateConfig({ enabled: false });
    expect(collector.track('error_occurred')).to.equal('filtered');
    expectBalanced(collector);
  });

  it('cuts an overfull open batch immediately when maxCount is lowered', () => {
    const sink = new MemorySink();
    virtually({ sinks: [sink] }, ({ collector, collect }) => {
      collect('abcde');
      collector.updateConfig({ batch: { maxCount: 2 } });
      expect(sink.getEvents().map(({ events }) => events.length)).to.deep.equal([2, 2]);
    });
  });

  it('re-arms the timer when maxAgeMs changes', () => {
    const sink = new MemorySink();
    virtually({ sinks: [sink] }, ({ collector, collect, at }) => {
      collect('a');
      at(100, () => {
        collector.updateConfig({ batch: { maxAgeMs: 200 } });
      });
      at(199, () => {
        expect(sink.getEvents()).to.have.length(0);
      });
      at(201, () => {
        expect(sink.getEvents()).to.have.length(1);
      });
    });
  });

  it('evicts immediately when maxEvents is lowered, unless the lane has its own bound', () => {
    const sinks = [{ name: 'following', process: () => NEVER }];
    const collector = virtually({ sinks, config: { batch: { maxCount: 1 } } }, ({ collector: made, collect }) => {
      made.registerSink({ name: 'own', process: () => NEVER }, { maxEvents: 100 });
      collect('abcdef');
      made.updateConfig({ queue: { maxEvents: 2 } });
      expect(made.stats().sinks.following).to.deep.include({ pending: 2, droppedBy: { overflow: 4 } });
      expect(made.stats().sinks.own).to.include({ pending: 6 });
      void made.shutdown({ timeoutMs: 0 });
    });
    expect(collector.stats().sinks.own).to.include({ pending: 0 });
  });

  it('drops the newest events held without a sink when maxEvents is lowered', () => {
    const collector = virtually({}, ({ collector: made, collect }) => {
      collect('abcd');
      made.updateConfig({ queue: { maxEvents: 1 } });
      expect(made.stats()).to.include({ eventsBuffered: 1, eventsDropped: 3 });
    });
    expect(collector.stats().dropped.no_sink).to.equal(3);
  });

  it("samples by type, keeps its counters through updates, and yields to a strategy of the user's", () => {
    const outcomesOf = (collector: EventCollector): string =>
      Array.from({ length: 12 }, () => collector.track('response_latency')[0]).join('');
    const collector = new EventCollector({ sinks: [], random: () => 0.5 });
    expect(outcomesOf(collector)).to.equal('aaaaaaaaaass');
    collector.updateConfig({ batch: { maxCount: 5 } });
    expect(outcomesOf(collector)).to.equal('ssssssssssss');
    expect(outcomesOf(new EventCollector({ sinks: [], sampling: everything() }))).to.equal('aaaaaaaaaaaa');
  });

  it('with maxBytes, returns `invalid` for events that cannot be encoded, and drops events that are too large', () => {
    const collector = new EventCollector({ sinks: [], config: { batch: { maxBytes: 1_000 } } });
    expect(collector.track('feature_used', { toJSON: () => expect.fail('no') })).to.equal('invalid');
    expect(collector.track('feature_used', 'x'.repeat(1_000))).to.equal('dropped');
    expect(expectBalanced(collector).dropped.too_large).to.equal(1);
  });
});

describe("a collector's metadata", () => {
  it('adds the time zone offset at the time of each event', () => {
    const { TZ } = process.env;
    try {
      process.env.TZ = 'Europe/Berlin';
      let now = Date.UTC(2026, 0, 1);
      const collector = new EventCollector({ sinks: [], scheduler: { now: () => now, schedule: () => Subscription.EMPTY } });
      const offsets: (number | undefined)[] = [];
      collector.subscribe(({ metadata: { timezoneOffset } }) => {
        offsets.push(timezoneOffset);
      });
      collector.track('feature_used');
      // One o'clock, when summer begins.
      now = Date.UTC(2026, 2, 29, 1);
      collector.track('feature_used');
      expect(offsets).to.deep.equal([-60, -120]);
    } finally {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    }
  });

  it('is the environment, the option, setMetadata, and the event, later wins', () => {
    const collector = new EventCollector({ sinks: [], metadata: { appVersion: '1', region: 'eu', tier: 'free' } });
    const seen: unknown[] = [];
    collector.subscribe(({ metadata: { appVersion, region, tier, os, arch, locale, timezoneOffset } }) => {
      seen.push([appVersion, region, tier]);
      for (const builtIn of [os, arch, locale]) expect(builtIn).to.be.a('string');
      expect(timezoneOffset).to.be.a('number');
    });
    collector.setMetadata({ region: 'us' });
    collector.setMetadata({ tier: 'paid' });
    collector.collect({ type: 'feature_used', metadata: { appVersion: '2' } });
    expect(seen).to.deep.equal([['2', 'us', 'paid']]);
  });

  it('may be a function that is called for each event; if it throws, the event continues without it', () => {
    const routes = ['/a', '/b'];
    const collector = new EventCollector({
      sinks: [],
      metadata: () => {
        if (routes.length === 0) throw new Error('boom');
        return { route: routes.shift() };
      },
    });
    const seen: unknown[] = [];
    collector.subscribe(({ metadata }) => seen.push(metadata.route));
    for (let count = 0; count < 3; count += 1) expect(collector.track('feature_used')).to.equal('accepted');
    expect(seen).to.deep.equal(['/a', '/b', undefined]);
  });
});
