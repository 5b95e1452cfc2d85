import { expect } from 'chai';
import { NEVER, type Subscription, type SchedulerLike } from 'rxjs';
import { EventCollector, SinkError, type EventSink } from '../../lib/index.js';
import { Machine } from '../support/machine.js';

const elapsedToFailure = (lanes: number, act: (machine: Machine, collector: EventCollector) => void): number => {
  const machine = new Machine();
  const sinks: EventSink[] = Array.from({ length: lanes }, (_, i) => ({ name: `s${String(i)}`, process: () => NEVER }));
  const collector = new EventCollector({
    sinks,
    scheduler: machine as unknown as SchedulerLike,
    random: () => 0.5,
    config: { batch: { maxCount: 1 } },
    lane: { timeoutMs: 10_000, breaker: false, retry: { maxElapsedMs: 60_000 } },
  });
  let failedAt = -1;
  const start = machine.time;
  collector.deadLetters$.subscribe(() => {
    if (failedAt < 0) failedAt = machine.time - start;
  });
  collector.collect({ type: 'a' });
  machine.run(5_000);
  act(machine, collector);
  machine.run(40_000_000);
  return failedAt;
};

describe('a suspension of the process', () => {
  it('counts once for all lanes', () => {
    const one = elapsedToFailure(1, (machine) => machine.suspend(600_000));
    const five = elapsedToFailure(5, (machine) => machine.suspend(600_000));
    expect(five).to.equal(one);
  });

  it('counts once during a pause', () => {
    const pauseOnly = elapsedToFailure(1, (machine, collector) => {
      const pause = collector.pause();
      machine.run(600_000);
      pause.unsubscribe();
    });
    const both = elapsedToFailure(1, (machine, collector) => {
      const pause = collector.pause();
      machine.suspend(600_000);
      machine.run(0);
      pause.unsubscribe();
    });
    expect(Math.abs(both - pauseOnly)).to.be.lessThan(60_000);
  });

  it('does not count for the time limit of retries', () => {
    const machine = new Machine();
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
      scheduler: machine as unknown as SchedulerLike,
      random: () => 0.99,
      config: { batch: { maxCount: 1 } },
      lane: { breaker: false, retry: { maxElapsedMs: 60_000 } },
    });
    collector.collect({ type: 'a' });
    machine.run(5_000);
    const before = attempts;
    machine.suspend(600_000);
    machine.run(5_000);
    expect(collector.stats().sinks['s']?.failed).to.equal(0);
    expect(attempts).to.be.greaterThan(before);
  });

  it('does not make a half-open breaker spin', () => {
    const machine = new Machine();
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
      scheduler: machine as unknown as SchedulerLike,
      random: () => 0.5,
      config: { batch: { maxCount: 1 } },
      lane: { concurrency: 3, timeoutMs: 10_000, breaker: { failures: 1, openMs: 1_000 } },
    });
    for (let i = 0; i < 3; i += 1) collector.collect({ type: 'a' });
    mode = 'hang';
    machine.run(1_500);
    machine.suspend(20_000);
    expect(() => machine.run(30_000)).not.to.throw();
  });

  it('times out an attempt although a hidden tab fires timers once a minute', () => {
    class Throttled extends Machine {
      override schedule(work: (this: never, state?: never) => void, delay = 0, state?: unknown): Subscription {
        return super.schedule(work, Math.ceil((this.time + delay) / 60_000) * 60_000 - this.time, state);
      }
    }
    const machine = new Throttled();
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
      scheduler: machine as unknown as SchedulerLike,
      config: { batch: { maxCount: 1 } },
    });
    collector.collect({ type: 'a' });
    machine.run(1_800_000);
    expect(attempts).to.be.greaterThan(1);
  });
});
