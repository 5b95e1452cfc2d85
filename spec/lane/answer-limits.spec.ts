import { expect } from 'chai';
import { AnswerLimits } from '../../lib/lane/answer-limits.js';
import { VirtualClock } from '../support/virtual-clock.js';

function setUp() {
  const clock = new VirtualClock();
  const limits = new AnswerLimits(clock);
  const late: string[] = [];
  const start = (task: string) =>
    limits.start(task, ({ kind, code, message }) => late.push(`${String(clock.elapsed)} ${kind} ${code} ${message}`));
  return { clock, limits, late, start };
}

describe('AnswerLimits', () => {
  it('calls back once after 30 s, unless it is unsubscribed before', () => {
    const { clock, late, start } = setUp();
    const answered = start('write');
    start('open');
    clock.pass(29_999);
    answered.unsubscribe();
    expect(late).to.deep.equal([]);
    clock.pass(60_000);
    expect(late).to.deep.equal(['30000 timeout SPOOL_TIMEOUT The store did not open within 30000 ms']);
    expect(clock.timers).to.equal(0);
  });

  it('waits for 15 s more after the machine was stopped, to read the answer', () => {
    const { clock, late, start } = setUp();
    start('open');
    clock.suspend(3_600_000);
    clock.pass(14_999);
    expect(late).to.deep.equal([]);
    clock.pass(1);
    expect(late).to.have.length(1);
  });

  it('has no timer once it is stopped, and starts none', () => {
    const { clock, limits, late, start } = setUp();
    start('open');
    limits.stop();
    start('write');
    clock.pass(60_000);
    expect([late, clock.timers]).to.deep.equal([[], 0]);
  });
});
