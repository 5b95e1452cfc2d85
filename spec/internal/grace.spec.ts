import { expect } from 'chai';
import { graceMs, type Grace } from '../../lib/internal/grace.js';

describe('graceMs', () => {
  it('is 0 for a punctual timer', () => {
    expect(graceMs({}, 500, 20, false)).to.equal(0);
  });

  it('is the whole time after a gap, once, then time for reading answers', () => {
    const grace: Grace = {};
    const times = Array.from({ length: 5 }, () => graceMs(grace, 500, 3_600_000, true));
    expect(times).to.deep.equal([500, 50, 50, 50, 0]);
  });

  it('is time for reading answers after a small delay', () => {
    const grace: Grace = {};
    expect([graceMs(grace, 500, 21, false), graceMs(grace, 500, 0, false)]).to.deep.equal([50, 0]);
  });
});
