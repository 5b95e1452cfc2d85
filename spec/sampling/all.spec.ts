import { expect } from 'chai';
import { all } from '../../lib/sampling/all.js';
import { consistent } from '../../lib/sampling/consistent.js';
import { everything } from '../../lib/sampling/everything.js';
import { keepIf } from '../../lib/sampling/keep-if.js';
import { rateLimit } from '../../lib/sampling/rate-limit.js';
import { rate } from '../../lib/sampling/rate.js';
import type { SamplingStrategy } from '../../lib/sampling/strategy.js';
import { expectUnbiased, kept, numbers, SamplingBench, sum, weightsOf } from '../support/sampled.js';

const byItself = consistent<number>({ rate: 0.5, key: (n) => n });
const always = (weight: number): SamplingStrategy<unknown> => ({ start: () => () => weight });

describe('all', () => {
  it('multiplies the weights', () => {
    expect(weightsOf(all(always(2), always(1), always(4)), ['a'])).to.deep.equal([8]);
  });

  it('keeps everything without strategies', () => {
    expect(weightsOf(all<string>(), ['a', 'b'])).to.deep.equal([1, 1]);
  });

  it('does not call the strategies after one that drops the event', () => {
    const never: SamplingStrategy<unknown> = {
      start: () => () => {
        throw new Error('asked');
      },
    };
    expect(weightsOf(all(always(2), always(0), never), ['a'])).to.deep.equal([0]);
  });

  it('has unbiased weights', () => {
    expectUnbiased(weightsOf(all(rate(0.5), byItself, rate(0.5)), numbers(200_000)));
  });

  it('represents every event by weights, also behind a rate limit', () => {
    const env = new SamplingBench();
    const sample = all<number>(rateLimit({ perSecond: 100, burst: 1 }), rate(0.5)).start(env);
    const weights = numbers(500_000).map((n) => {
      env.time = n;
      return sample(n);
    });
    expect(kept(weights)).to.be.closeTo(25_000, 500);
    expect(sum(weights) / weights.length).to.be.closeTo(1, 0.02);
  });

  it('starts every strategy with new state', () => {
    const strategy = all<number>(rateLimit({ perSecond: 1, burst: 2 }));
    expect(kept(weightsOf(strategy, numbers(9)))).to.equal(2);
    expect(kept(weightsOf(strategy, numbers(9)))).to.equal(2);
  });

  it('accepts one consistent strategy, at any position', () => {
    expect(() =>
      all(
        everything(),
        all(
          rate(0.5),
          keepIf<number>(() => false, byItself),
        ),
      ),
    ).to.not.throw();
  });

  it('throws for a second one, at any depth', () => {
    const message = 'Expected `strategies` to contain at most one `consistent`, got 2';
    expect(() => all(byItself, byItself)).to.throw(TypeError, message);
    expect(() =>
      all(
        byItself,
        keepIf<number>(() => false, byItself),
      ),
    ).to.throw(TypeError, message);
    expect(() => all(all(byItself), rate(0.5), all(keepIf<number>(() => true, all(byItself))))).to.throw(TypeError, message);
  });

  it('throws for an invalid strategy', () => {
    expect(() => all(rate(0.5), null as never)).to.throw(TypeError, 'Expected `strategies[1]` to be a sampling strategy, got `null`');
  });

  it('returns an invalid weight unchanged, even if a product would be valid', () => {
    expect(weightsOf(all(always(-2), always(-2)), ['a'])).to.deep.equal([-2]);
    expect(weightsOf(all(always(0.5), always(4)), ['a'])).to.deep.equal([0.5]);
    expect(weightsOf(all(always(2), always(NaN)), ['a'])).to.deep.equal([NaN]);
  });

  it('returns a frozen strategy', () => {
    expect(all(rate(0.5))).to.be.frozen;
  });
});
