import { expect } from 'chai';
import { rate } from '../../lib/sampling/rate.js';
import { expectUnbiased, kept, numbers, SamplingBench, weightsOf } from '../support/sampled.js';

describe('rate', () => {
  it('keeps an event if the random number is below the rate, with the inverse rate as weight', () => {
    const tosses = [0.249, 0.25, 0, 0.999];
    expect(weightsOf(rate(0.25), numbers(4), new SamplingBench(() => tosses.shift() ?? NaN))).to.deep.equal([4, 0, 4, 0]);
  });

  it('keeps everything at 1 and nothing at 0, without randomness', () => {
    const noToss = new SamplingBench(() => {
      throw new Error('tossed');
    });
    expect(weightsOf(rate(1), ['a', 'b'], noToss)).to.deep.equal([1, 1]);
    expect(weightsOf(rate(0), ['a', 'b'], noToss)).to.deep.equal([0, 0]);
  });

  for (const p of [0.9, 0.5, 0.1, 0.03]) {
    it(`has unbiased weights at ${String(p)}`, () => {
      const weights = weightsOf(rate(p), numbers(200_000));
      expectUnbiased(weights);
      expect(kept(weights) / weights.length).to.be.closeTo(p, 0.005);
    });
  }

  it('throws for a rate outside 0 to 1', () => {
    expect(() => rate(1.1)).to.throw(TypeError, 'Expected `p` to be a number from 0 to 1, got `1.1` (number)');
    expect(() => rate(-0.1)).to.throw(TypeError, '`p`');
    expect(() => rate(NaN)).to.throw(TypeError, '`p`');
  });

  it('has a finite weight at the smallest rate', () => {
    expect(weightsOf(rate(Number.MIN_VALUE), ['a'], new SamplingBench(() => 0))).to.deep.equal([Number.MAX_VALUE]);
  });

  it('returns a frozen strategy', () => {
    expect(rate(0.5)).to.be.frozen;
  });
});
