import { expect } from 'chai';
import { NEVER, Subscription, type SchedulerLike } from 'rxjs';
import * as lib from '../../lib/index.js';
import type { EventSink } from '../../lib/index.js';

const { createCollector, EventCollector, SinkError } = lib;
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A manual clock whose machine may sleep: `sleepMs` passes without timers. */
class Machine implements SchedulerLike {
  time = 1_000_000;
  #timers: { at: number; work: () => void; order: number }[] = [];
  #order = 0;
  now(): number {
    return this.time;
  }
  schedule(work: (this: never, state?: never) => void, delay = 0, state?: unknown): Subscription {
    const timer = { at: this.time + delay, work: () => (work as (s: unknown) => void).call(undefined, state), order: this.#order++ };
    this.#timers.push(timer);
    return new Subscription(() => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    });
  }
  get timers(): number {
    return this.#timers.length;
  }
  run(ms: number): void {
    const until = this.time + ms;
    let guard = 0;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (next === undefined || next.at > until) break;
      if ((guard += 1) > 100_000) throw new Error('Time stands still');
      this.#timers = this.#timers.filter((each) => each !== next);
      this.time = Math.max(this.time, next.at);
      next.work();
    }
    this.time = Math.max(this.time, until);
  }
  /** The machine sleeps; timers fire late. */
  suspend(ms: number): void {
    this.time += ms;
  }
}

const elapsedToFailure = (lanes: number, act: (machine: Machine, collector: lib.EventCollector) => void): number => {
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

describe('A lane at odd moments', () => {
  it('a suspension counts once, however many lanes notice it', () => {
    const one = elapsedToFailure(1, (machine) => machine.suspend(600_000));
    const five = elapsedToFailure(5, (machine) => machine.suspend(600_000));
    expect(five).to.equal(one);
  });

  it('a suspension within a pause counts once', () => {
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

  it('a suspension during back-off counts for no limit', () => {
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

  it('a half-open breaker does not spin after a suspension', () => {
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

  it('a promise whose then throws is a failed attempt', async () => {
    class Odd extends Promise<void> {
      override then(): never {
        throw new Error('odd');
      }
    }
    let calls = 0;
    const collector = createCollector({
      sinks: [
        {
          name: 's',
          process: () => {
            calls += 1;
            return calls === 1 ? Odd.resolve<unknown>(0) : undefined;
          },
        },
      ],
      batch: { maxCount: 1 },
      lane: { retry: { maxAttempts: 1 } },
    });
    collector.collect({ type: 'a' });
    collector.collect({ type: 'b' });
    await sleep(20);
    const { pending } = collector.stats().sinks['s'] as { pending: number };
    expect(pending).to.equal(0);
  });

  for (const [name, thrown] of Object.entries({
    'failed: 5': (): unknown => new SinkError('write_failed', 'x', { failed: 5 as never }),
    'rejected: 5': () => new SinkError('write_failed', 'x', { rejected: 5 as never }),
    'failed: throws': () =>
      Object.defineProperty(new SinkError('write_failed', 'x'), 'failed', {
        get() {
          throw new Error('no');
        },
      }),
    'kind: throws': () =>
      Object.defineProperty(new SinkError('write_failed', 'x'), 'kind', {
        get() {
          throw new Error('no');
        },
      }),
    proxy: () =>
      new Proxy(
        {},
        {
          get() {
            throw new Error('no');
          },
          getPrototypeOf() {
            throw new Error('no');
          },
          has() {
            throw new Error('no');
          },
        },
      ),
    revoked: () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
    undefined: (): unknown => undefined,
    'retryAfterMs: NaN': () => new SinkError('unavailable', 'x', { retryAfterMs: NaN }),
  })) {
    it(`survives an error that is odd: ${name}`, async () => {
      let calls = 0;
      const collector = createCollector({
        sinks: [
          {
            name: 's',
            process: () => {
              calls += 1;
              if (calls === 1) throw thrown();
            },
          },
        ],
        batch: { maxCount: 1 },
        lane: { retry: { maxAttempts: 2, baseDelayMs: 0 } },
      });
      collector.collect({ type: 'a' });
      collector.collect({ type: 'b' });
      const report = await collector.flush({ timeoutMs: 200 });
      expect(report.timedOut).to.equal(false);
    });
  }

  it('starts nothing during a pause, though it is shut down', async () => {
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

  it('answers twice, after abort, and late change nothing', async () => {
    let late: (() => void) | undefined;
    const collector = createCollector({
      sinks: [
        {
          name: 's',
          process: () =>
            ({
              then: (resolve: () => void) => {
                late = resolve;
                return Promise.resolve();
              },
            }) as never,
        },
      ],
      batch: { maxCount: 1 },
      lane: { timeoutMs: 10, retry: { maxElapsedMs: 0 } },
    });
    collector.collect({ type: 'a' });
    await sleep(40);
    late?.();
    late?.();
    await sleep(5);
    const { delivered, failed, pending } = collector.stats().sinks['s'] as never as Record<string, number>;
    expect([delivered, failed, pending]).to.deep.equal([0, 1, 0]);
  });

  it('leaves no timer of an attempt behind, once idle', async () => {
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

  it('an attempt times out though a hidden tab fires timers once a minute', () => {
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

  it('leaves no timer behind while only a Retry-After is waited for', async () => {
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

  it('retryNow during a Retry-After with more concurrency starts the queue', () => {
    const machine = new Machine();
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
      scheduler: machine as unknown as SchedulerLike,
      config: { batch: { maxCount: 1 } },
    });
    for (const type of ['a', 'b', 'c', 'd']) collector.collect({ type });
    down = false;
    collector.retryNow({ concurrency: 3 });
    expect(seen).to.deep.equal(['a', 'a', 'b', 'c']);
    machine.run(10_000);
  });
});
