import { expect } from 'chai';
import * as t from 'io-ts';
import { formatErrors } from '../../lib/codecs/format-errors.js';
import { leftOf } from './sides.js';

describe('formatErrors', () => {
  it('writes a line for each fault', () => {
    const errors = leftOf(t.type({ id: t.string, items: t.array(t.number) }).decode({ items: [1, 's3cret'] }));
    expect(formatErrors(errors)).to.deep.equal([
      'Expected `id` to be string, got undefined',
      'Expected `items.1` to be number, got a string',
    ]);
  });

  it('calls the whole input `the value`', () => {
    expect(formatErrors(leftOf(t.string.decode(3)))).to.deep.equal(['Expected the value to be string, got a number']);
  });

  it('returns no lines without errors', () => {
    expect(formatErrors([])).to.deep.equal([]);
  });
});
