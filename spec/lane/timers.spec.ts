import { expect } from 'chai';
import { type SchedulerLike } from 'rxjs';
import { EventCollector, SinkError } from '../../lib/index.js';
import { Machine } from '../support/machine.js';

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('the timers of a lane', () => {
  it('leaves no timer after an attempt', async () => {
    const machine = new Machine();
    const collector = new EventCollector({
      sinks: [{ name: 's', process: () => Promise.resolve() }],
      scheduler: machine as unknown as SchedulerLike,
      config: { batch: { maxCount: 1 } },
    });
    collector.collect({ type: 'a' });
    await sleep(5);
    expect(machine.timers).to.equal(0);
    await collector.flush();
    expect(machine.timers).to.equal(0);
  });

  it('has one timer while it waits for a Retry-After', async () => {
    const machine = new Machine();
    const collector = new EventCollector({
      sinks: [
        {
          name: 's',
          process: () => {
            throw new SinkError('unavailable', 'x', { retryAfterMs: 100_000 });
          },
        },
      ],
      scheduler: machine as unknown as SchedulerLike,
      config: { batch: { maxCount: 1 } },
    });
    collector.collect({ type: 'a' });
    await sleep(1);
    expect(machine.timers).to.equal(1);
  });
});
