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

  it('excludes the time since a timer was due that is later than that', () => {
    const { at } = make();
    expect(at(5_000).skipGap(1_000)).to.equal(true);
    expect(at(5_500).now()).to.equal(1_500);
  });

  it('excludes a gap once, however many timers were held up by it', () => {
    const { at } = make();
    at(5_000).skipGap(1_000);
    expect(at(5_000).skipGap(500)).to.equal(true);
    expect(at(5_010).skipGap(2_000)).to.equal(true);
    expect(at(5_500).now()).to.equal(1_490);
  });

  it('takes a timer that is never due for none', () => {
    expect(make().at(5_000).skipGap(Infinity)).to.equal(false);
  });
});
