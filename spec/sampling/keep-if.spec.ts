import { expect } from 'chai';
import { keepIf } from '../../lib/sampling/keep-if.js';
import { minPerWindow } from '../../lib/sampling/min-per-window.js';
import { rate } from '../../lib/sampling/rate.js';
import { expectUnbiased, numbers, SamplingBench, weightsOf } from '../support/sampled.js';

describe('keepIf', () => {
  it('keeps matching events with weight 1, and passes the others to the strategy', () => {
    const strategy = keepIf((n: number) => n >= 10, rate(0.5));
    expect(weightsOf(strategy, [1, 10, 2, 20], new SamplingBench(() => 0))).to.deep.equal([2, 1, 2, 1]);
  });

  it('uses no quota for matching events', () => {
    const twice = minPerWindow<number>({ rate: 0, minPerWindow: 2, windowMs: 1_000, key: () => 'all' });
    expect(
      weightsOf(
        keepIf((n: number) => n === 0, twice),
        [0, 0, 0, 1, 0, 2, 3],
      ),
    ).to.deep.equal([1, 1, 1, 1, 1, 1, 0]);
  });

  it('has unbiased weights', () => {
    expectUnbiased(
      weightsOf(
        keepIf((n: number) => n % 5 === 0, rate(0.1)),
        numbers(100_000),
      ),
    );
  });

  it('throws an exception of the predicate', () => {
    const sample = keepIf<number>(() => {
      throw new RangeError('no idea');
    }, rate(0.5)).start(new SamplingBench());
    expect(() => sample(1)).to.throw(RangeError, 'no idea');
  });

  it('throws for an invalid predicate and an invalid strategy', () => {
    expect(() => keepIf(true as never, rate(1))).to.throw(TypeError, 'Expected `predicate` to be a function, got `true` (boolean)');
    expect(() => keepIf(() => true, 0.5 as never)).to.throw(TypeError, 'Expected `strategy` to be a sampling strategy');
  });
});
