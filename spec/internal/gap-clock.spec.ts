import { expect } from 'chai';
import { GapClock } from '../../lib/internal/gap-clock.js';

describe('GapClock', () => {
  const make = () => {
    let time = 0;
    const clock = new GapClock(() => time);
    const at = (instant: number): GapClock => {
      time = instant;
      return clock;
    };
    return { clock, at };
  };

  it('counts on when a timer is at most a second late', () => {
    const { at } = make();
    expect(at(2_000).skipGap(1_000)).to.equal(false);
    expect(at(2_500).now()).to.equal(2_500);
  });

  it('excludes the time since a timer was due if it is late by more than that', () => {
    const { at } = make();
    expect(at(5_000).skipGap(1_000)).to.equal(true);
    expect(at(5_500).now()).to.equal(1_500);
  });

  it('excludes a gap once, from the first timer that it delayed', () => {
    const { at } = make();
    at(5_000).skipGap(1_000);
    expect(at(5_000).skipGap(500)).to.equal(true);
    expect(at(5_010).skipGap(2_000)).to.equal(true);
    expect(at(5_500).now()).to.equal(990);
  });

  it('excludes the time between two gaps, if a timer was due before both', () => {
    const { at } = make();
    at(5_000).skipGap(1_000);
    at(20_000).skipGap(10_000);
    expect(at(20_000).now()).to.equal(6_000);
    expect(at(21_000).skipGap(3_000)).to.equal(true);
    expect(at(21_000).now()).to.equal(1_000);
  });

  it('leaves earlier gaps as they are', () => {
    const { at } = make();
    at(5_000).skipGap(1_000);
    at(20_000).skipGap(10_000);
    expect(at(22_000).skipGap(20_500)).to.equal(true);
    expect(at(22_000).now()).to.equal(6_500);
  });

  it('excludes no gap twice, for any number of gaps within one callback', () => {
    const { at } = make();
    for (let gap = 0; gap < 11; gap += 1) at(3_000 * (gap + 1)).skipGap(3_000 * gap + 1_000);
    expect(at(33_000).now()).to.equal(11_000);
    expect(at(33_000).skipGap(500)).to.equal(true);
    // Nothing before the end of the first one, which is forgotten, is excluded any more.
    expect(at(33_000).now()).to.equal(1_000);
  });

  it('ignores a timer that is never due', () => {
    expect(make().at(5_000).skipGap(Infinity)).to.equal(false);
  });
});
