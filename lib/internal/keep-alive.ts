import type { SchedulerLike, Subscription } from 'rxjs';
import { MAX_DELAY_MS } from './check-option.js';

/**
 * Keeps the process alive while a promise is pending that only background timers can settle: Node would otherwise exit with code 13.
 *
 * One timer serves any number of holders.
 */
export class KeepAlive {
  readonly #scheduler: SchedulerLike;
  #holders = 0;
  #timer: Subscription | undefined;

  /** @param scheduler one whose timers keep a process alive */
  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** @returns a function that releases it; call it once */
  hold(): () => void {
    this.#holders += 1;
    // A single timer of 24.8 days: with a repeating timer, virtual time would run forever.
    if (this.#holders === 1) this.#timer = this.#scheduler.schedule(() => undefined, MAX_DELAY_MS);
    return () => {
      this.#holders -= 1;
      if (this.#holders === 0) this.#timer?.unsubscribe();
    };
  }
}
