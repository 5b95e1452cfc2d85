import { expect } from 'chai';
import { PauseClock } from '../../lib/lane/pause-clock.js';

describe('PauseClock', () => {
  it('stops during overlapping pauses', () => {
    let elapsed = 0;
    const clock = new PauseClock(() => elapsed);
    const at = (time: number): number => {
      elapsed = time;
      return clock.now();
    };
    expect(at(10)).to.equal(10);
    clock.pause();
    expect([clock.isPaused, at(15)]).to.deep.equal([true, 10]);
    clock.pause();
    elapsed = 20;
    expect(clock.resume()).to.equal(false);
    expect(at(30)).to.equal(10);
    expect(clock.resume()).to.equal(true);
    expect([clock.isPaused, clock.now(), at(35)]).to.deep.equal([false, 10, 15]);
  });

  it('excludes a gap', () => {
    let elapsed = 100;
    const clock = new PauseClock(() => elapsed);
    elapsed = 5_100;
    expect(clock.skipGap(100)).to.equal(true);
    expect(clock.now()).to.equal(100);
  });

  it('excludes a gap that is detected in a pause that began after the gap', () => {
    let elapsed = 100;
    const clock = new PauseClock(() => elapsed);
    elapsed = 5_100;
    clock.pause();
    expect(clock.skipGap(200)).to.equal(true);
    expect(clock.now()).to.equal(200);
    elapsed = 6_000;
    clock.resume();
    expect(clock.now()).to.equal(200);
  });
});
