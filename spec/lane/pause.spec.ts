import { expect } from 'chai';
import { NEVER } from 'rxjs';
import { createCollector, EventCollector, SinkError } from '../../lib/index.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('pause and retryNow of a lane', () => {
  it('starts no attempt during a pause, even at shutdown', async () => {
    let calls = 0;
    const collector = createCollector({
      sinks: [
        {
          name: 's',
          process: () => {
            calls += 1;
            throw new SinkError('unavailable', 'x');
          },
        },
      ],
      batch: { maxCount: 1 },
      lane: { retry: { baseDelayMs: 10_000, jitter: 'none' } },
    });
    collector.collect({ type: 'a' });
    expect(calls).to.equal(1);
    collector.pause();
    await collector.shutdown({ timeoutMs: 50 });
    expect(calls).to.equal(1);
  });

  it('starts queued batches up to the given concurrency during a Retry-After', () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    let down = true;
    const collector = new EventCollector({
      sinks: [
        {
          name: 's',
          process: ({ events }) => {
            seen.push(events.map(({ type }) => type).join(''));
            if (down) throw new SinkError('unavailable', 'x', { retryAfterMs: 100_000 });
            return NEVER;
          },
        },
      ],
      scheduler: clock,
      config: { batch: { maxCount: 1 } },
    });
    for (const type of ['a', 'b', 'c', 'd']) collector.collect({ type });
    down = false;
    collector.retryNow({ concurrency: 3 });
    expect(seen).to.deep.equal(['a', 'a', 'b', 'c']);
    clock.pass(10_000);
  });
});
