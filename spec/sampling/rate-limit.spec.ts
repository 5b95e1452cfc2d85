import { expect } from 'chai';
import { rateLimit } from '../../lib/sampling/rate-limit.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { kept, numbers, SamplingBench, sum, weightsOf } from '../support/sampled.js';

/** A running limiter, and a function that offers it one event. */
function started(options: Parameters<typeof rateLimit<string>>[0]): (time: number, event?: string) => number {
  const env = new SamplingBench();
  const sample = rateLimit<string>(options).start(env);
  return (time, event = 'a') => {
    env.time = time;
    return sample(event);
  };
}

describe('rateLimit', () => {
  it('keeps a burst, then one event per token', () => {
    const offer = started({ perSecond: 10, burst: 3 });
    expect([offer(0), offer(0), offer(0), offer(0)]).to.deep.equal([1, 1, 1, 0]);
    expect([offer(99), offer(100), offer(101), offer(200)]).to.deep.equal([0, 3, 0, 2]);
  });

  it('loses no token by rounding', () => {
    for (const perSecond of [1, 8, 10, 40, 100, 125, 250, 500]) {
      const offer = started({ perSecond, burst: 1 });
      expect(kept(numbers(10_000).map((n) => offer(n))), String(perSecond)).to.equal(perSecond * 10);
    }
  });

  it('adds the weights of events refused before to the next kept event', () => {
    const offer = started({ perSecond: 1, burst: 1 });
    expect([offer(0), offer(1), offer(2), offer(1_000), offer(2_000)]).to.deep.equal([1, 0, 0, 3, 1]);
  });

  it('never saves up more than a burst', () => {
    const offer = started({ perSecond: 100, burst: 2 });
    offer(0);
    expect([offer(60_000), offer(60_000), offer(60_000)]).to.deep.equal([1, 1, 0]);
  });

  it('uses the rate as the default burst', () => {
    expect(kept(weightsOf(rateLimit<number>({ perSecond: 7 }), numbers(100)))).to.equal(7);
    expect(kept(weightsOf(rateLimit<number>({ perSecond: 0.5 }), numbers(100)))).to.equal(1);
  });

  it('limits each key separately', () => {
    const offer = started({ perSecond: 1, burst: 1, key: (event) => event });
    expect([offer(0, 'a'), offer(0, 'b'), offer(0, 'a'), offer(0, 'b'), offer(0, 'b')]).to.deep.equal([1, 1, 0, 0, 0]);
    expect([offer(1_000, 'a'), offer(1_000, 'b')]).to.deep.equal([2, 3]);
  });

  it('never keeps more than rate and burst allow', () => {
    const env = new SamplingBench();
    const sample = rateLimit<number>({ perSecond: 50, burst: 20 }).start(env);
    const random = seededRandom(3);
    const weights = numbers(50_000).map((n) => {
      env.time += random() < 0.01 ? random() * 500 : random();
      return sample(n);
    });
    expect(kept(weights)).to.be.at.most(20 + (env.time / 1_000) * 50);
    expect(kept(weights)).to.be.at.least((env.time / 1_000) * 50 * 0.5);
  });

  it('represents every event up to the last kept one by weights', () => {
    const env = new SamplingBench();
    const sample = rateLimit<number>({ perSecond: 100, burst: 10 }).start(env);
    const weights = numbers(10_000).map((n) => {
      env.time = n;
      return sample(n);
    });
    expect(sum(weights)).to.equal(weights.findLastIndex((weight) => weight > 0) + 1);
  });

  it('counts no time twice when the clock jitters', () => {
    const offer = started({ perSecond: 10, burst: 1 });
    const weights = numbers(1_000).map((n) => offer(n + (n % 2 === 0 ? 0 : -40)));
    expect(kept(weights)).to.be.at.most(11);
  });

  it('continues when the clock is set back', () => {
    const offer = started({ perSecond: 1, burst: 1 });
    expect([offer(10_000_000), offer(0), offer(999), offer(1_000)]).to.deep.equal([1, 0, 0, 3]);
  });

  it('remembers only the most recent keys', () => {
    const offer = started({ perSecond: 1, burst: 1, key: (event) => event, maxKeys: 2 });
    expect([offer(0, 'a'), offer(0, 'b'), offer(0, 'a'), offer(0, 'c'), offer(0, 'a'), offer(0, 'b')]).to.deep.equal([1, 1, 0, 1, 0, 1]);
  });

  it('throws for invalid options', () => {
    expect(() => rateLimit({ perSecond: -1 })).to.throw(TypeError, 'Expected `perSecond` to be a finite number ≥ 0, got `-1` (number)');
    expect(() => rateLimit({ perSecond: 1, burst: 0.5 })).to.throw(TypeError, '`burst`');
    expect(() => rateLimit({ perSecond: 1, key: 'id' as never })).to.throw(TypeError, '`key`');
    expect(() => rateLimit({ perSecond: 1, maxKeys: 1.5 })).to.throw(TypeError, '`maxKeys`');
  });

  it('returns a frozen strategy', () => {
    expect(rateLimit({ perSecond: 1 })).to.be.frozen;
  });

  it('refuses unknown options and suggests the nearest name', () => {
    const misspelt = { perSecond: 1, keys: () => 'k' };
    expect(() => rateLimit(misspelt)).to.throw(TypeError, 'Unknown option `keys`. Did you mean `key`?');
  });

  it('throws without its required options', () => {
    expect(() => rateLimit(undefined as never)).to.throw(TypeError, 'Expected `perSecond` to be');
  });
});
