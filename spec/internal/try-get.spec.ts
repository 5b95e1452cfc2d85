import { expect } from 'chai';
import { tryGet } from '../../lib/internal/try-get.js';

describe('tryGet', () => {
  it('returns the result of the function, or undefined if it throws', () => {
    expect(tryGet(() => 5)).to.equal(5);
    expect(
      tryGet(() => {
        throw new Error('no');
      }),
    ).to.equal(undefined);
  });
});
