import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { EventCollector, SinkError } from '../../lib/index.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('the timers of a lane', () => {
  it('leaves no timer after an attempt', async () => {
    const clock = new VirtualClock();
    const collector = new EventCollector({
      sinks: [{ name: 's', process: () => Promise.resolve() }],
      scheduler: clock,
      config: { batch: { maxCount: 1 } },
    });
    collector.collect({ type: 'a' });
    await setImmediate();
    expect(clock.timers).to.equal(0);
    await collector.flush();
    expect(clock.timers).to.equal(0);
  });

  it('has one timer while it waits for a Retry-After', async () => {
    const clock = new VirtualClock();
    const collector = new EventCollector({
      sinks: [
        {
          name: 's',
          process: () => {
            throw new SinkError('unavailable', 'x', { retryAfterMs: 100_000 });
          },
        },
      ],
      scheduler: clock,
      config: { batch: { maxCount: 1 } },
    });
    collector.collect({ type: 'a' });
    await setImmediate();
    expect(clock.timers).to.equal(1);
  });
});
