import { expect } from 'chai';
import { minPerWindow } from '../../lib/sampling/min-per-window.js';
import { anEvent } from '../support/an-event.js';
import { expectUnbiased, kept, numbers, SamplingBench, sum, weightsOf } from '../support/sampled.js';

const neverAgain = { rate: 0, minPerWindow: 2, windowMs: 1_000 };

describe('minPerWindow', () => {
  it('keeps the first events of a window with weight 1, and none of the rest at rate 0', () => {
    expect(weightsOf(minPerWindow<number>({ ...neverAgain, key: () => 'all' }), numbers(5))).to.deep.equal([1, 1, 0, 0, 0]);
  });

  it('keeps a share of the rest, with the weight of the rate', () => {
    const tosses = [0.5, 0.1, 0.3];
    const env = new SamplingBench(() => tosses.shift() ?? NaN);
    expect(
      weightsOf(minPerWindow<number>({ rate: 0.25, minPerWindow: 1, windowMs: 1_000, key: () => 'all' }), numbers(4), env),
    ).to.deep.equal([1, 0, 4, 0]);
  });

  it('counts by the type of the event', () => {
    const events = ['a', 'b', 'a', 'b', 'a', 'c'].map((type) => anEvent({ type }));
    expect(weightsOf(minPerWindow({ ...neverAgain, minPerWindow: 1 }), events)).to.deep.equal([1, 1, 0, 0, 0, 1]);
  });

  it('counts by `key`', () => {
    const byUser = minPerWindow({ ...neverAgain, minPerWindow: 1, key: ({ metadata }) => metadata.user });
    const events = ['ada', 'bob', 'ada'].map((user) => anEvent({ metadata: { user } }));
    expect(weightsOf(byUser, events)).to.deep.equal([1, 1, 0]);
  });

  it('starts a window with the first event after the end of the previous one', () => {
    const env = new SamplingBench();
    const sample = minPerWindow<number>({ ...neverAgain, key: () => 'all' }).start(env);
    const at = (time: number): number => {
      env.time = time;
      return sample(0);
    };
    expect([at(500), at(600), at(1_499)]).to.deep.equal([1, 1, 0]);
    expect([at(1_500), at(1_501), at(1_502)]).to.deep.equal([1, 1, 0]);
    expect([at(9_000), at(9_999), at(9_999)]).to.deep.equal([1, 1, 0]);
  });

  it('continues when the clock is set back', () => {
    const env = new SamplingBench();
    const sample = minPerWindow<number>({ ...neverAgain, key: () => 'all' }).start(env);
    env.time = 1_000_000;
    expect([sample(0), sample(0), sample(0)]).to.deep.equal([1, 1, 0]);
    env.time = 0;
    expect(sample(0)).to.equal(0);
    env.time = 1_000;
    expect(sample(0)).to.equal(1);
  });

  it('keeps everything at rate 1, without reading key, clock or randomness', () => {
    const never = (): never => {
      throw new Error('asked');
    };
    const strategy = minPerWindow<string>({ rate: 1, minPerWindow: 5, windowMs: 1_000, key: never });
    expect(weightsOf(strategy, ['a', 'b'], { now: never, random: never })).to.deep.equal([1, 1]);
  });

  it('only draws if no event of a window is kept for certain', () => {
    const never = (): never => {
      throw new Error('asked');
    };
    const strategy = minPerWindow<string>({ rate: 0.5, minPerWindow: 0, windowMs: 1_000, key: never });
    expect(weightsOf(strategy, ['a', 'b'], { now: never, random: () => 0 })).to.deep.equal([2, 2]);
  });

  it('has unbiased weights', () => {
    const env = new SamplingBench();
    const sample = minPerWindow<number>({ rate: 0.1, minPerWindow: 10, windowMs: 1_000, key: (n) => n % 3 }).start(env);
    const weights = numbers(300_000).map((n) => {
      env.time = n / 2;
      return sample(n);
    });
    expectUnbiased(weights);
    expect(kept(weights)).to.be.below(40_000);
  });

  it('remembers only the most recent keys', () => {
    const strategy = minPerWindow<string>({ rate: 0, minPerWindow: 1, windowMs: 1_000, key: (event) => event, maxKeys: 2 });
    expect(weightsOf(strategy, ['a', 'b', 'a', 'c', 'a', 'b'])).to.deep.equal([1, 1, 0, 1, 0, 1]);
  });

  it('has separate state for each start', () => {
    const strategy = minPerWindow<number>({ ...neverAgain, key: () => 'all' });
    expect(sum(weightsOf(strategy, numbers(5)))).to.equal(2);
    expect(sum(weightsOf(strategy, numbers(5)))).to.equal(2);
  });

  it('throws an exception of the key function', () => {
    const sample = minPerWindow({
      ...neverAgain,
      key() {
        throw new RangeError('no key');
      },
    }).start(new SamplingBench());
    expect(() => sample(anEvent())).to.throw(RangeError, 'no key');
  });

  it('throws for invalid options', () => {
    expect(() => minPerWindow({ ...neverAgain, rate: 2 })).to.throw(TypeError, '`rate`');
    expect(() => minPerWindow({ ...neverAgain, minPerWindow: -1 })).to.throw(TypeError, '`minPerWindow`');
    expect(() => minPerWindow({ ...neverAgain, windowMs: 0 })).to.throw(
      TypeError,
      'Expected `windowMs` to be a finite number ≥ 1, got `0`',
    );
    expect(() => minPerWindow({ ...neverAgain, key: 'type' as never })).to.throw(TypeError, '`key`');
    expect(() => minPerWindow({ ...neverAgain, maxKeys: 0 })).to.throw(TypeError, '`maxKeys`');
  });

  it('returns a frozen strategy', () => {
    expect(minPerWindow({ rate: 1, minPerWindow: 1, windowMs: 1 })).to.be.frozen;
  });

  it('refuses unknown options and suggests the nearest name', () => {
    const misspelt = { rate: 1, minPerWindow: 1, windowMs: 1, keys: () => 'k' };
    expect(() => minPerWindow(misspelt)).to.throw(TypeError, 'Unknown option `keys`. Did you mean `key`?');
  });

  it('throws without its required options', () => {
    expect(() => minPerWindow(undefined as never)).to.throw(TypeError, 'Expected `rate` to be');
  });
});
