import { expect } from 'chai';
import type * as t from 'io-ts';
import { finiteNumber, integerFrom, literalOf, MAX_WEIGHT, nonEmptyString, TIMESTAMP, WEIGHT } from '../../lib/codecs/fields.js';
import { formatErrors } from '../../lib/codecs/format-errors.js';
import { leftOf, rightOf } from './sides.js';

/** Values of every kind, some of which only look like a valid one. */
const OTHERS: readonly unknown[] = [
  undefined,
  null,
  true,
  1n,
  Symbol('a'),
  {},
  [1],
  ['a'],
  () => 1,
  NaN,
  Infinity,
  -Infinity,
  '',
  '1',
  Object(1),
  Object('a'),
];

function expectCodec<A>(codec: t.Type<A>, valid: readonly A[], invalid: readonly unknown[]): void {
  for (const value of valid) {
    expect(rightOf(codec.decode(value))).to.equal(value);
    expect(codec.is(value)).to.equal(true);
    expect(codec.encode(value)).to.equal(value);
  }
  for (const value of [...OTHERS, ...invalid].filter((each) => !valid.includes(each as A))) {
    expect(formatErrors(leftOf(codec.decode(value)))[0], String(value)).to.match(/^Expected the value to be .+, got /);
    expect(codec.is(value), String(value)).to.equal(false);
  }
}

describe('fields of codecs', () => {
  it('nonEmptyString accepts any text with a character', () => {
    expectCodec(nonEmptyString, ['a', ' ', '1', '\0'], []);
    expect(nonEmptyString.name).to.equal('non-empty string');
  });

  it('finiteNumber accepts every number but NaN and the infinities', () => {
    expectCodec(finiteNumber, [0, -1.5, Number.MAX_VALUE, Number.MIN_VALUE], []);
    expect(finiteNumber.name).to.equal('finite number');
  });

  it('WEIGHT accepts fractions, from 1 to 2^32', () => {
    expectCodec(WEIGHT, [1, 1.5, MAX_WEIGHT], [0, 0.999, -1, MAX_WEIGHT + 1]);
    expect(WEIGHT.name).to.equal('number from 1 to 4294967296');
  });

  it('integerFrom accepts safe integers from its minimum on', () => {
    expectCodec(integerFrom(-2), [-2, 0, Number.MAX_SAFE_INTEGER], [-3, 0.5, Number.MAX_SAFE_INTEGER + 1]);
    expect(integerFrom(-2).name).to.equal('integer ≥ -2');
  });

  it('literalOf accepts the given strings, and no name of Object.prototype', () => {
    expectCodec(literalOf(['a', 'b']), ['a', 'b'], ['c', 'A', 'toString', '__proto__', 'constructor']);
    expect([literalOf(['a', 'b']).name, literalOf(['a', 'b'], 'letter').name]).to.deep.equal(['"a" | "b"', 'letter']);
  });

  describe('TIMESTAMP', () => {
    it('accepts milliseconds since the epoch, fractions of them included', () => {
      expectCodec(TIMESTAMP, [0, 0.5, 1_700_000_000_000], [-1, 'yesterday', new Date(NaN), new Date(-1)]);
      expect(TIMESTAMP.name).to.equal('time in milliseconds or ISO 8601, from 1970 on');
    });

    it('decodes a Date and an ISO 8601 string to the number, but they are none', () => {
      for (const value of [new Date(1_000), '1970-01-01T00:00:01Z']) {
        expect(rightOf(TIMESTAMP.decode(value))).to.equal(1_000);
        expect(TIMESTAMP.is(value)).to.equal(false);
      }
    });
  });
});
