import { expect } from 'chai';
import { everything } from '../../lib/sampling/everything.js';
import { weightsOf } from '../support/sampled.js';

describe('everything', () => {
  it('keeps every event with weight 1', () => {
    expect(weightsOf(everything(), ['a', 'b', 'c'])).to.deep.equal([1, 1, 1]);
  });
});
