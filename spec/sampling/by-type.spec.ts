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
  it('samples by what holds for all', () => {
    expect(sampled({ sampling: once }, thrice(usage()))).to.deep.equal([1, 0, 0]);
  });

  it('samples by the category rather, where that has a sampling', () => {
    const config = { sampling: once, categories: { performance: { sampling: twice } } };
    expect(sampled(config, [...thrice(usage()), ...thrice(performance())])).to.deep.equal([1, 0, 0, 1, 1, 0]);
  });

  it('samples by the override of a type before all else', () => {
    const config = { categories: { performance: { sampling: once } }, overrides: { cache_miss: { sampling: twice } } };
    expect(sampled(config, [...thrice(performance()), ...thrice(performance('cache_miss'))])).to.deep.equal([1, 0, 0, 1, 1, 0]);
  });

  it('counts each type by itself', () => {
    expect(sampled({ sampling: once }, [usage('a'), usage('b'), usage('a'), usage('b')])).to.deep.equal([1, 1, 0, 0]);
  });

  it('asks for neither time nor chance at rate 1', () => {
    const never = (): never => {
      throw new Error('asked');
    };
    const strategy = byType(resolveConfig());
    expect(weightsOf(strategy, thrice(usage()), { now: never, random: never })).to.deep.equal([1, 1, 1]);
  });

  it('gives unbiased weights', () => {
    const env = new SamplingBench();
    const sample = byType(resolveConfig()).start(env);
    const weights = numbers(200_000).map((n) => {
      env.time = n;
      return sample(n % 3 === 0 ? usage() : performance());
    });
    expectUnbiased(weights);
  });

  it('refuses a config that cannot be used', () => {
    expect(() => byType({ ...resolveConfig(), sampling: { ...once, rate: 2 } })).to.throw(ConfigError, 'sampling.rate');
  });
});

describe('startByType', () => {
  it('samples by the new config from the next event', () => {
    const { sample, update } = startByType(resolveConfig({ sampling: once }), new SamplingBench());
    expect(thrice(usage()).map(sample)).to.deep.equal([1, 0, 0]);
    update(resolveConfig({ sampling: { ...once, rate: 1 } }));
    expect(thrice(usage()).map(sample)).to.deep.equal([1, 1, 1]);
  });

  it('goes on with the windows of a sampling that stays the same', () => {
    const { sample, update } = startByType(resolveConfig({ sampling: once }), new SamplingBench());
    expect(sample(usage())).to.equal(1);
    update(resolveConfig({ sampling: { ...once }, batch: { maxCount: 5 } }));
    update(resolveConfig({ sampling: { ...once }, categories: { performance: { sampling: twice } } }));
    expect(sample(usage())).to.equal(0);
  });

  it('starts the windows of a changed sampling afresh', () => {
    const { sample, update } = startByType(resolveConfig({ sampling: once }), new SamplingBench());
    expect(sample(usage())).to.equal(1);
    update(resolveConfig({ sampling: twice }));
    expect(thrice(usage()).map(sample)).to.deep.equal([1, 1, 0]);
  });

  it('forgets the windows of a sampling that was out of the config in between', () => {
    const { sample, update } = startByType(resolveConfig({ sampling: once }), new SamplingBench());
    expect(sample(usage())).to.equal(1);
    update(resolveConfig({ sampling: twice }));
    update(resolveConfig({ sampling: once }));
    expect(sample(usage())).to.equal(1);
  });
});
