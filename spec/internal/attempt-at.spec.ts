import { expect } from 'chai';
import { attemptAt } from '../../lib/internal/attempt-at.js';

describe('attemptAt', () => {
  it('gives what the function gives, and undefined when it throws', () => {
    expect(attemptAt(() => 5)).to.equal(5);
    expect(
      attemptAt(() => {
        throw new Error('no');
      }),
    ).to.equal(undefined);
  });
});
