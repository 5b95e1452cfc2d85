import { type SchedulerLike, type Subscription } from 'rxjs';
import { MAX_DELAY_MS } from '../internal/check-option.js';

/**
 * Keeps the process alive while somebody awaits something that only background timers drive: without it, Node would end with code 13.
 *
 * It takes a scheduler whose timers do keep a process alive.
 */
export class KeepAlive {
  readonly #scheduler: SchedulerLike;
  #holders = 0;
  #timer: Subscription | undefined;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Gives the function that lets go; calling it again does nothing. */
  hold(): () => void {
    this.#holders += 1;
    this.#timer ??= this.#scheduler.schedule(() => undefined, MAX_DELAY_MS);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holders -= 1;
      if (this.#holders > 0) return;
      this.#timer?.unsubscribe();
      this.#timer = undefined;
    };
  }
}
