import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { runUntil } from '../../lib/internal/run-until.js';

describe('runUntil', () => {
  it('runs work that is due at the instant or earlier, and nothing later', () => {
    const scheduler = new VirtualTimeScheduler();
    const ran: number[] = [];
    for (const ms of [30, 10, 20, 21]) scheduler.schedule(() => ran.push(ms), ms);
    runUntil(scheduler, 20);
    expect(ran).to.deep.equal([10, 20]);
    runUntil(scheduler, 30);
    expect(ran).to.deep.equal([10, 20, 21, 30]);
  });

  it('sets the clock to the instant, and never back', () => {
    const scheduler = new VirtualTimeScheduler();
    runUntil(scheduler, 50);
    expect(scheduler.now()).to.equal(50);
    runUntil(scheduler, 20);
    expect(scheduler.now()).to.equal(50);
  });

  it('restores the limit of the scheduler if an action throws', () => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.schedule(() => {
      throw new Error('thrown by an action');
    }, 5);
    expect(() => {
      runUntil(scheduler, 10);
    }).to.throw('thrown by an action');
    expect(scheduler.maxFrames).to.equal(Infinity);
  });
});
