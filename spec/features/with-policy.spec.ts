import { expect } from 'chai';
import { createCollector } from '../../lib/collector/collector.js';
import type { CollectorFeature } from '../../lib/collector/collector-context.js';
import { ConfigError } from '../../lib/errors/config-error.js';
import { withPolicy } from '../../lib/features/with-policy.js';
import { withSampling } from '../../lib/features/with-sampling.js';
import { sampling } from '../../lib/index.js';
import { fitted } from '../support/fitted.js';

const nothing = { sampling: { rate: 0, minPerWindow: 0, windowMs: 1_000 } };

describe('withPolicy', () => {
  it('admits, samples, cuts batches and bounds lanes by its configuration, and applies a change from the next event on', () => {
    const batches: unknown[] = [];
    fitted({ sinks: [] }, [withPolicy({ privacyLevel: 'minimal', batch: { maxCount: 2 } })], ({ collector, at }) => {
      collector.batches$.subscribe(({ events }) => batches.push(events.length));
      at(1, () => {
        expect([collector.track('feature_used'), collector.track('error_occurred')]).to.deep.equal(['filtered', 'accepted']);
        collector.updateConfig({ privacyLevel: 'full', ...nothing, batch: { maxCount: 1 } });
        expect(batches).to.deep.equal([1]);
        expect([collector.track('feature_used'), collector.track('error_occurred')]).to.deep.equal(['sampled', 'accepted']);
      });
    });
    expect(batches).to.deep.equal([1, 1]);
  });

  it('changes nothing for an invalid update', () => {
    const collector = createCollector({}, withPolicy());
    const before = collector.config;
    expect(() => {
      collector.updateConfig({ batch: { maxCount: 0 }, enabled: false });
    }).to.throw(ConfigError);
    expect(collector.config).to.equal(before);
    expect(() => withPolicy({ batch: { maxCount: 0 } })).to.throw(ConfigError, 'maxCount');
  });

  it('leaves sampling to withSampling, regardless of its position in the call', () => {
    for (const features of [
      [withPolicy(nothing), withSampling(sampling.everything())],
      [withSampling(sampling.everything()), withPolicy(nothing)],
    ])
      expect(createCollector({}, ...features).track('feature_used')).to.equal('accepted');
  });

  it('samples events that a feature collects at the start, regardless of its position in the call', () => {
    const outcomes: unknown[] = [];
    const greeting: CollectorFeature = (context) => {
      context.onStart((collector) => {
        outcomes.push(collector.collect({ type: 'feature_used' }));
      });
      return undefined;
    };
    createCollector({}, withPolicy(nothing), greeting);
    createCollector({}, greeting, withPolicy(nothing));
    expect(outcomes).to.deep.equal(['sampled', 'sampled']);
  });

  for (const place of ['admit', 'sample'] as const)
    it(`samples an event by its own policy if a feature collects another one while it is at the place ${place}`, () => {
      const outcomes: unknown[] = [];
      const nested: CollectorFeature = (context) => {
        let collect: ((type: string) => unknown) | undefined;
        context.onStart((collector) => {
          collect = (type) => collector.collect({ type });
        });
        context.addStep(place, () => (event) => {
          if (event.type === 'cache_hit') outcomes.push(collect?.('feature_used'));
          return event;
        });
        return undefined;
      };
      const collector = createCollector({}, withPolicy({ categories: { performance: { ...nothing, minPriority: 'low' } } }), nested);
      outcomes.push(collector.track('cache_hit'));
      expect(outcomes).to.deep.equal(['accepted', 'sampled']);
    });
});
