import { expect } from 'chai';
import fc from 'fast-check';
import { SequenceTable } from '../../lib/nats/sequence-table.js';

describe('SequenceTable', () => {
  // Multiples of powers of two collide most, with a hash that keeps the lowest bits.
  const keys = fc.oneof(
    fc.integer({ min: 1, max: 2_000 }),
    fc.integer({ min: 1, max: 2_000 }).map((n) => n * 2 ** 20),
    fc.maxSafeInteger().map((n) => Math.abs(n) + 1),
  );
  const sets = fc.array(fc.tuple(keys, fc.double({ noNaN: true })), { maxLength: 2_000, size: 'max' });

  it('has the same content as a Map, before and after it is cleared', () => {
    fc.assert(
      fc.property(sets, sets, fc.array(keys), (first, second, others) => {
        const table = new SequenceTable();
        for (const pairs of [first, second]) {
          const map = new Map(pairs);
          for (const [key, value] of pairs) table.set(key, value);
          expect(table.size).to.equal(map.size);
          for (const key of [...map.keys(), ...others]) expect(Object.is(table.get(key), map.get(key))).to.equal(true);
          table.clear();
          for (const key of [0, ...map.keys()]) expect(table.get(key)).to.equal(undefined);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('ignores keys that are not positive integers', () => {
    const table = new SequenceTable();
    for (const key of [0, -1, NaN]) table.set(key, 1);
    expect([table.size, table.get(0), table.get(-1), table.get(NaN)]).to.deep.equal([0, undefined, undefined, undefined]);
  });
});
