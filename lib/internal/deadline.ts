import type { SchedulerLike } from 'rxjs';
import { graceMs, type Grace } from './grace.js';
import { StandingTimer } from './standing-timer.js';
import type { Elapsed } from './steady-clock.js';

/** The clocks and timers that a deadline needs from its owner. */
export interface DeadlineClock {
  readonly scheduler: SchedulerLike;
  readonly elapsed: Elapsed;
  /** See `GapClock.skipGap`. */
  readonly skipGap: (dueAt: number) => boolean;
}

/** Calls back after a timeout. Time in which the process or machine was stopped doesn't count, and answers that arrived meanwhile are read first. */
export class Deadline {
  readonly #timer: StandingTimer;
  readonly #grace: Grace = {};

  /**
   * @param timeoutMs finite
   * @param onExtended called with the additional milliseconds when the timeout is extended
   */
  constructor(clock: DeadlineClock, timeoutMs: number, onTimeUp: () => void, onExtended?: (ms: number) => void) {
    this.#timer = new StandingTimer(clock.scheduler, clock.elapsed, (lateMs) => {
      const isGap = clock.skipGap(clock.elapsed() - lateMs);
      const moreMs = graceMs(this.#grace, timeoutMs, lateMs, isGap);
      if (moreMs === 0) {
        onTimeUp();
        return;
      }
      this.#timer.set(moreMs);
      onExtended?.(moreMs);
    });
    this.#timer.set(timeoutMs);
  }

  cancel(): void {
    this.#timer.stop();
  }
}
