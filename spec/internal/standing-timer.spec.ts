import { expect } from 'chai';
import { VirtualTimeScheduler, type SchedulerLike } from 'rxjs';
import { StandingTimer } from '../../lib/internal/standing-timer.js';
import { steadyClock } from '../../lib/internal/steady-clock.js';
import { runUntil } from '../../lib/internal/run-until.js';

describe('StandingTimer', () => {
  const make = () => {
    const scheduler = new VirtualTimeScheduler();
    let starts = 0;
    let shift = 0;
    const counting: SchedulerLike = {
      now: () => scheduler.now() + shift,
      schedule: (...args: Parameters<SchedulerLike['schedule']>) => {
        starts += 1;
        return scheduler.schedule(...args);
      },
    };
    const due: string[] = [];
    const timer = new StandingTimer(
      counting,
      steadyClock(() => counting.now()),
      (lateMs) => due.push(`${String(scheduler.now())}+${String(lateMs)}`),
    );
    const at = (instant: number, work: () => void): void => {
      runUntil(scheduler, instant);
      work();
    };
    const end = (): string[] => {
      scheduler.flush();
      return due;
    };
    return {
      timer,
      at,
      end,
      scheduler,
      starts: () => starts,
      step: (ms: number) => {
        shift += ms;
      },
    };
  };

  it('calls back when it is due, once', () => {
    const { timer, end } = make();
    timer.set(10);
    expect(end()).to.deep.equal(['10+0']);
  });

  it('is due at the earliest time that it was set for', () => {
    const { timer, end } = make();
    timer.set(20);
    timer.set(10);
    timer.set(30);
    expect(end()).to.deep.equal(['10+0']);
  });

  it('starts one timer however often it is set and cleared, and calls back when the last setting is due', () => {
    const { timer, at, end, starts } = make();
    for (let instant = 0; instant < 10; instant += 1) {
      at(instant, () => {
        timer.clear();
        timer.set(10);
      });
    }
    expect(starts()).to.equal(1);
    expect(end()).to.deep.equal(['19+0']);
    expect(starts()).to.equal(2);
  });

  it('does not call back once it is cleared or stopped', () => {
    for (const method of ['clear', 'stop'] as const) {
      const { timer, end } = make();
      timer.set(10);
      timer[method]();
      expect(end()).to.deep.equal([]);
    }
  });

  it('leaves no timer behind: in a microtask after clear, immediately after stop', async () => {
    const { timer, scheduler } = make();
    timer.set(10);
    timer.clear();
    await Promise.resolve();
    expect(scheduler.actions.filter(({ closed }) => !closed)).to.deep.equal([]);
    timer.set(10);
    timer.stop();
    expect(scheduler.actions.filter(({ closed }) => !closed)).to.deep.equal([]);
  });

  it('keeps a timer that is set again before the microtask', async () => {
    const { timer, end, starts } = make();
    timer.set(10);
    timer.clear();
    timer.set(10);
    await Promise.resolve();
    expect(end()).to.deep.equal(['10+0']);
    expect(starts()).to.equal(1);
  });

  it('may be set again from its callback', () => {
    const scheduler = new VirtualTimeScheduler();
    const due: number[] = [];
    const timer: StandingTimer = new StandingTimer(
      scheduler,
      () => scheduler.now(),
      () => {
        due.push(scheduler.now());
        if (due.length < 3) timer.set(5);
      },
    );
    timer.set(5);
    scheduler.flush();
    expect(due).to.deep.equal([5, 10, 15]);
  });

  it('calls back on time when the clock is set back an hour', () => {
    const { timer, at, end, step } = make();
    timer.set(10);
    at(5, () => {
      step(-3_600_000);
    });
    expect(end()).to.deep.equal(['10+0']);
  });

  it('calls back on time when it is set again after a step to the time at which it fires, and back', () => {
    const { timer, at, end, step } = make();
    timer.set(10);
    timer.clear();
    at(5, () => {
      step(5);
      timer.set(10);
      step(-5);
    });
    expect(end()).to.deep.equal(['15+0']);
  });

  it('reports how late it is when the clock went ahead, as after a sleep', () => {
    const { timer, at, end, step } = make();
    timer.set(10);
    at(5, () => {
      step(3_600_000);
    });
    expect(end()).to.deep.equal(['10+3600000']);
  });
});
