import { expect } from 'chai';
import type { ConfigPatch } from '../../lib/config/options.js';
import { resolveConfig } from '../../lib/config/resolve-config.js';
import { ConfigError } from '../../lib/errors/config-error.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { byType, startByType } from '../../lib/sampling/by-type.js';
import { anEvent } from '../support/an-event.js';
import { expectUnbiased, numbers, SamplingBench, weightsOf } from '../support/sampled.js';

const once = { rate: 0, minPerWindow: 1, windowMs: 1_000 };
const twice = { ...once, minPerWindow: 2 };
const usage = (type = 'feature_used'): AnalyticsEvent => anEvent({ type, category: 'usage' });
const performance = (type = 'cache_hit'): AnalyticsEvent => anEvent({ type, category: 'performance' });
const thrice = (event: AnalyticsEvent): AnalyticsEvent[] => [event, event, event];

const sampled = (config: ConfigPatch, events: readonly AnalyticsEvent[]): number[] => weightsOf(byType(resolveConfig(config)), events);

describe('byType', () => {
  it('samples by the default sampling', () => {
    expect(sampled({ sampling: once }, thrice(usage()))).to.deep.equal([1, 0, 0]);
  });

  it('prefers the sampling of the category', () => {
    const config = { sampling: once, categories: { performance: { sampling: twice } } };
    expect(sampled(config, [...thrice(usage()), ...thrice(performance())])).to.deep.equal([1, 0, 0, 1, 1, 0]);
  });

  it('prefers the override of the type to both', () => {
    const config = { categories: { performance: { sampling: once } }, overrides: { cache_miss: { sampling: twice } } };
    expect(sampled(config, [...thrice(performance()), ...thrice(performance('cache_miss'))])).to.deep.equal([1, 0, 0, 1, 1, 0]);
  });

  it('uses the next sampling where a policy has none', () => {
    const config = {
      sampling: once,
      categories: { performance: { sampling: twice } },
      overrides: { cache_hit: { minPriority: 'low' } },
    } as const;
    expect(sampled(config, [...thrice(usage()), ...thrice(performance())])).to.deep.equal([1, 0, 0, 1, 1, 0]);
  });

  it('counts each type separately', () => {
    expect(sampled({ sampling: once }, [usage('a'), usage('b'), usage('a'), usage('b')])).to.deep.equal([1, 1, 0, 0]);
  });

  it('reads neither clock nor randomness at rate 1', () => {
    const never = (): never => {
      throw new Error('asked');
    };
    const strategy = byType(resolveConfig());
    expect(weightsOf(strategy, thrice(usage()), { now: never, random: never })).to.deep.equal([1, 1, 1]);
  });

  it('has unbiased weights', () => {
    const env = new SamplingBench();
    const sample = byType(resolveConfig()).start(env);
    const weights = numbers(200_000).map((n) => {
      env.time = n;
      return sample(n % 3 === 0 ? usage() : performance());
    });
    expectUnbiased(weights);
  });

  it('throws for an invalid config', () => {
    expect(() => byType({ ...resolveConfig(), sampling: { ...once, rate: 2 } })).to.throw(ConfigError, 'sampling.rate');
  });
});

describe('startByType', () => {
  it('applies a new config to the next event', () => {
    const { sample, update } = startByType(resolveConfig({ sampling: once }), new SamplingBench());
    expect(thrice(usage()).map(sample)).to.deep.equal([1, 0, 0]);
    update(resolveConfig({ sampling: { ...once, rate: 1 } }));
    expect(thrice(usage()).map(sample)).to.deep.equal([1, 1, 1]);
  });

  it('continues the windows of an unchanged sampling', () => {
    const { sample, update } = startByType(resolveConfig({ sampling: once }), new SamplingBench());
    expect(sample(usage())).to.equal(1);
    update(resolveConfig({ sampling: { ...once }, batch: { maxCount: 5 } }));
    update(resolveConfig({ sampling: { ...once }, categories: { performance: { sampling: twice } } }));
    expect(sample(usage())).to.equal(0);
  });

  it('continues the windows of an override', () => {
    const config = resolveConfig({ overrides: { cache_hit: { sampling: { ...once, windowMs: 7_000 } } } });
    const { sample, update } = startByType(config, new SamplingBench());
    expect(sample(performance())).to.equal(1);
    update(config);
    expect(sample(performance())).to.equal(0);
  });

  it('counts a type once for equal samplings', () => {
    const sampling = { ...once, windowMs: 7_000 };
    const { sample } = startByType(
      resolveConfig({ categories: { usage: { sampling }, performance: { sampling: { ...sampling } } } }),
      new SamplingBench(),
    );
    expect([usage('a'), performance('a')].map(sample)).to.deep.equal([1, 0]);
  });

  it('starts new windows for a changed sampling', () => {
    const { sample, update } = startByType(resolveConfig({ sampling: once }), new SamplingBench());
    expect(sample(usage())).to.equal(1);
    update(resolveConfig({ sampling: twice }));
    expect(thrice(usage()).map(sample)).to.deep.equal([1, 1, 0]);
  });

  it('starts new windows for a sampling that was removed and added again', () => {
    const { sample, update } = startByType(resolveConfig({ sampling: once }), new SamplingBench());
    expect(sample(usage())).to.equal(1);
    update(resolveConfig({ sampling: twice }));
    update(resolveConfig({ sampling: once }));
    expect(sample(usage())).to.equal(1);
  });
});
