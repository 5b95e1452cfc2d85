import { expect } from 'chai';
import { NEVER, type SchedulerAction, type Subscription } from 'rxjs';
import { EventCollector, SinkError, type EventSink } from '../../lib/index.js';
import { VirtualClock } from '../support/virtual-clock.js';

const elapsedToFailure = (lanes: number, act: (clock: VirtualClock, collector: EventCollector) => void): number => {
  const clock = new VirtualClock();
  const sinks: EventSink[] = Array.from({ length: lanes }, (_, i) => ({ name: `s${String(i)}`, process: () => NEVER }));
  const collector = new EventCollector({
    sinks,
    scheduler: clock,
    random: () => 0.5,
    config: { batch: { maxCount: 1 } },
    lane: { timeoutMs: 10_000, breaker: false, retry: { maxElapsedMs: 60_000 } },
  });
  let failedAt = -1;
  collector.deadLetters$.subscribe(() => {
    if (failedAt < 0) failedAt = clock.elapsed;
  });
  collector.collect({ type: 'a' });
  clock.pass(5_000);
  act(clock, collector);
  clock.pass(40_000_000);
  return failedAt;
};

describe('a suspension of the process', () => {
  it('counts once for all lanes', () => {
    const one = elapsedToFailure(1, (clock) => clock.suspend(600_000));
    const five = elapsedToFailure(5, (clock) => clock.suspend(600_000));
    expect(five).to.equal(one);
  });

  it('counts once during a pause', () => {
    const pauseOnly = elapsedToFailure(1, (clock, collector) => {
      const pause = collector.pause();
      clock.pass(600_000);
      pause.unsubscribe();
    });
    const both = elapsedToFailure(1, (clock, collector) => {
      const pause = collector.pause();
      clock.suspend(600_000);
      clock.pass(0);
      pause.unsubscribe();
    });
    expect(Math.abs(both - pauseOnly)).to.be.lessThan(60_000);
  });

  it('does not count for the time limit of retries', () => {
    const clock = new VirtualClock();
    let attempts = 0;
    const collector = new EventCollector({
      sinks: [
        {
          name: 's',
          process: () => {
            attempts += 1;
            throw new SinkError('unavailable', 'down');
          },
        },
      ],
      scheduler: clock,
      random: () => 0.99,
      config: { batch: { maxCount: 1 } },
      lane: { breaker: false, retry: { maxElapsedMs: 60_000 } },
    });
    collector.collect({ type: 'a' });
    clock.pass(5_000);
    const before = attempts;
    clock.suspend(600_000);
    clock.pass(5_000);
    expect(collector.stats().sinks['s']?.failed).to.equal(0);
    expect(attempts).to.be.greaterThan(before);
  });

  it('does not make a half-open breaker spin', () => {
    const clock = new VirtualClock();
    let mode: 'fail' | 'hang' = 'fail';
    const collector = new EventCollector({
      sinks: [
        {
          name: 's',
          process: () => {
            if (mode === 'fail') throw new SinkError('unavailable', 'down');
            return NEVER;
          },
        },
      ],
      scheduler: clock,
      random: () => 0.5,
      config: { batch: { maxCount: 1 } },
      lane: { concurrency: 3, timeoutMs: 10_000, breaker: { failures: 1, openMs: 1_000 } },
    });
    for (let i = 0; i < 3; i += 1) collector.collect({ type: 'a' });
    mode = 'hang';
    clock.pass(1_500);
    clock.suspend(20_000);
    expect(() => clock.pass(30_000)).not.to.throw();
  });

  it('times out an attempt although a hidden tab fires timers once a minute', () => {
    class Throttled extends VirtualClock {
      override schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
        return super.schedule(work, Math.ceil((this.elapsed + delay) / 60_000) * 60_000 - this.elapsed, state);
      }
    }
    const clock = new Throttled();
    let attempts = 0;
    const collector = new EventCollector({
      sinks: [
        {
          name: 's',
          process: () => {
            attempts += 1;
            return NEVER;
          },
        },
      ],
      scheduler: clock,
      config: { batch: { maxCount: 1 } },
    });
    collector.collect({ type: 'a' });
    clock.pass(1_800_000);
    expect(attempts).to.be.greaterThan(1);
  });
});
