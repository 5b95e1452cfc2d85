import { expect } from 'chai';
import { WeightedGroups, type QuantileSketch } from '../../lib/internal/weighted-groups.js';

const groups = (maxKeys = 10, sketch?: () => QuantileSketch): WeightedGroups<string> =>
  new WeightedGroups({ shares: [0.5], sketch }, maxKeys);

describe('WeightedGroups', () => {
  it('sums weights and weighted numbers by key, the heaviest first', () => {
    const some = groups();
    some.add('a', 1, 4);
    some.add('a', 3, 2);
    some.add('b', 9, undefined);
    expect(some.list()).to.deep.equal([
      { key: 'b', count: 1, weight: 9, numbers: undefined },
      { key: 'a', count: 2, weight: 4, numbers: { count: 2, weight: 4, sum: 10, min: 2, max: 4, quantiles: [] } },
    ]);
    expect(some.other()).to.equal(undefined);
  });

  it('counts events without a finite number, but leaves them out of the numbers', () => {
    const some = groups();
    for (const value of [NaN, Infinity, undefined, 5]) some.add('a', 2, value);
    expect(some.list()[0]).to.deep.equal({
      key: 'a',
      count: 4,
      weight: 8,
      numbers: { count: 1, weight: 2, sum: 10, min: 5, max: 5, quantiles: [] },
    });
  });

  it('puts keys beyond the bound into one group', () => {
    const some = groups(1);
    for (const key of ['a', 'b', 'c', 'a']) some.add(key, 1, undefined);
    expect(some.list().map(({ key, weight }) => [key, weight])).to.deep.equal([['a', 2]]);
    expect(some.other()).to.include({ key: undefined, weight: 2, count: 2 });
  });

  it('has a sketch for each group, and adds nothing if it throws', () => {
    const sketch = (): QuantileSketch => {
      const values: number[] = [];
      return {
        accept: (value) => {
          if (value < 0) throw new RangeError('negative');
          values.push(value);
        },
        getValueAtQuantile: () => values[0] ?? NaN,
      };
    };
    const some = groups(10, sketch);
    some.add('a', 1, 7);
    some.add('b', 1, 8);
    expect(() => {
      some.add('a', 1, -1);
    }).to.throw(RangeError);
    expect(some.list().map(({ key, count, numbers }) => [key, count, numbers?.quantiles])).to.deep.equal([
      ['a', 1, [7]],
      ['b', 1, [8]],
    ]);
  });
});
