import { expect } from 'chai';
import { seededRandom } from '../../lib/testing/seeded-random.js';

const draw = (seed: number, count: number): number[] => Array.from({ length: count }, seededRandom(seed));

describe('seededRandom', () => {
  it('returns the same numbers for the same seed, in every version', () => {
    expect(draw(42, 2)).to.deep.equal([0.12848330102860928, 0.03353364090435207]);
    expect(draw(42, 1000)).to.deep.equal(draw(42, 1000));
  });

  it('returns other numbers for any other seed', () => {
    expect(draw(1, 3)).to.not.deep.equal(draw(2, 3));
  });

  it('keeps two generators apart', () => {
    const one = seededRandom(7);
    const other = seededRandom(7);
    one();
    expect([one(), one()]).to.deep.equal(draw(7, 3).slice(1));
    expect(other()).to.equal(draw(7, 1)[0]);
  });

  it('stays within [0, 1)', () => {
    expect(draw(3, 10_000).every((n) => n >= 0 && n < 1)).to.equal(true);
  });

  it('fills a hundred bins evenly: chi square below the 99.9th percentile', () => {
    const bins = new Array<number>(100).fill(0);
    for (const n of draw(2024, 100_000)) bins[Math.floor(n * 100)] = (bins[Math.floor(n * 100)] ?? 0) + 1;
    const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).to.be.below(148.2);
  });

  it('shows no relation between one number and the next', () => {
    const numbers = draw(5, 100_000);
    const covariance = numbers.slice(1).reduce((sum, n, index) => sum + (n - 0.5) * ((numbers[index] ?? 0) - 0.5), 0) / numbers.length;
    // Four standard deviations of the mean of 100,000 products of independent uniforms, each of variance 1/144.
    expect(Math.abs(covariance)).to.be.below((4 / 12) * Math.sqrt(1 / 100_000));
  });

  it('refuses a seed that is not an integer', () => {
    expect(() => seededRandom(0.5)).to.throw(TypeError, 'Expected `seed` to be an integer ≥ 0, got `0.5` (number)');
  });
});
