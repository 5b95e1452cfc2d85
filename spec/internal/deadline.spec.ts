import { expect } from 'chai';
import { Deadline } from '../../lib/internal/deadline.js';
import { VirtualClock } from '../support/virtual-clock.js';

function setUp(timeoutMs: number, skipGap: (dueAt: number) => boolean = () => false) {
  const clock = new VirtualClock();
  const calls: string[] = [];
  const note = (what: string) => calls.push(`${what} at ${String(clock.elapsed)}`);
  const deadline = new Deadline(
    { scheduler: clock, elapsed: () => clock.elapsed, skipGap },
    timeoutMs,
    () => note('up'),
    (ms) => note(`extended ${String(ms)}`),
  );
  return { clock, calls, deadline };
}

describe('Deadline', () => {
  it('calls back once when its time is up', () => {
    const { clock, calls } = setUp(1_000);
    clock.pass(999);
    expect(calls).to.deep.equal([]);
    clock.pass(5_000);
    expect(calls).to.deep.equal(['up at 1000']);
  });

  it('has no timer after cancel', () => {
    const { clock, calls, deadline } = setUp(1_000);
    deadline.cancel();
    expect(clock.timers).to.equal(0);
    clock.pass(5_000);
    expect(calls).to.deep.equal([]);
  });

  it('has its whole time again after a gap', () => {
    const { clock, calls } = setUp(1_000, (dueAt) => dueAt === 1_000);
    clock.suspend(60_000);
    clock.pass(10_000);
    expect(calls).to.deep.equal(['extended 1000 at 60000', 'up at 61000']);
  });

  it('leaves time for answers if its timer is late', () => {
    const { clock, calls } = setUp(1_000);
    clock.suspend(1_500);
    clock.pass(10_000);
    expect(calls).to.deep.equal(['extended 50 at 1500', 'up at 1550']);
  });
});
