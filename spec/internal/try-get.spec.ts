import { expect } from 'chai';
import { tryGet } from '../../lib/internal/try-get.js';

describe('tryGet', () => {
  it('gives what the function gives, and undefined when it throws', () => {
    expect(tryGet(() => 5)).to.equal(5);
    expect(
      tryGet(() => {
        throw new Error('no');
      }),
    ).to.equal(undefined);
  });
});
