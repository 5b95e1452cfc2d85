import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { KeepAlive } from '../../lib/internal/keep-alive.js';

describe('KeepAlive', () => {
  it('has one timer while anything is held, and none before and after', () => {
    const scheduler = new VirtualTimeScheduler();
    const keepAlive = new KeepAlive(scheduler);
    const timers = (): number => scheduler.actions.filter(({ closed }) => !closed).length;
    const counts = [timers()];
    const releases = [keepAlive.hold(), keepAlive.hold()];
    counts.push(timers());
    releases[0]?.();
    counts.push(timers());
    releases[1]?.();
    counts.push(timers());
    keepAlive.hold()();
    counts.push(timers());
    expect(counts).to.deep.equal([0, 1, 1, 0, 0]);
  });
});
