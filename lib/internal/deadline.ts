import type { SchedulerLike } from 'rxjs';
import { graceMs, type Grace } from './grace.js';
import { StandingTimer } from './standing-timer.js';
import type { Elapsed } from './steady-clock.js';

/** What a deadline needs of its owner. */
export interface DeadlineClock {
  readonly scheduler: SchedulerLike;
  readonly elapsed: Elapsed;
  /** As `GapClock.skipGap`. */
  readonly skipGap: (dueAt: number) => boolean;
}

/** Calls back when its time is up. Time in which the process or machine was stopped doesn't count, and answers that arrived meanwhile come first. */
export class Deadline {
  readonly #timer: StandingTimer;
  readonly #grace: Grace = {};

  /**
   * @param timeoutMs finite
   * @param onExtended called with the milliseconds that it lasts longer
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
