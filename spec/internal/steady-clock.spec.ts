import { expect } from 'chai';
import { steadyClock } from '../../lib/internal/steady-clock.js';

/** What a steady clock shows while the one below it shows `times`. */
function read(...times: number[]): number[] {
  let time = 0;
  const clock = steadyClock(() => time);
  return times.map((each) => {
    time = each;
    return clock();
  });
}

describe('steadyClock', () => {
  it('shows the time of a running clock', () => {
    expect(read(5, 5, 7, 5_000)).to.deep.equal([5, 5, 7, 5_000]);
  });

  it('stops during a small step back', () => {
    expect(read(1_000, 960, 990, 1_010)).to.deep.equal([1_000, 1_000, 1_000, 1_010]);
  });

  it('continues immediately after a large one', () => {
    expect(read(100_000, 40_000, 40_005, 41_000)).to.deep.equal([100_000, 100_000, 100_005, 101_000]);
  });
});
