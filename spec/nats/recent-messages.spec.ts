import { expect } from 'chai';
import { RecentMessages } from '../../lib/nats/recent-messages.js';

describe('RecentMessages', () => {
  it('remembers at least the last `size` messages, and at most twice as many', () => {
    const recent = new RecentMessages(3);
    const remembered = (): number[] => [1, 2, 3, 4, 5, 6, 7, 8, 9].filter((sequence) => recent.has(sequence, 0));
    for (const sequence of [1, 2, 3, 4, 5, 6]) recent.add(sequence, 0);
    expect(remembered()).to.deep.equal([1, 2, 3, 4, 5, 6]);
    recent.add(7, 0);
    expect(remembered()).to.deep.equal([4, 5, 6, 7]);
  });

  it('distinguishes a message from one of an earlier stream with the same sequence', () => {
    const recent = new RecentMessages(3);
    recent.add(1, 100);
    expect(recent.has(1, 200)).to.equal(false);
    recent.add(1, 200);
    expect(recent.has(1, 200)).to.equal(true);
  });
});
