import type { SchedulerLike, Subscription } from 'rxjs';
import { MAX_DELAY_MS } from './check-option.js';
import type { Elapsed } from './steady-clock.js';

/**
 * A timer for deadlines that are set and cleared often, usually before they are due. Setting it only reads the clock, whereas starting and stopping a
 * real timer takes 3 µs. After `clear`, the real timer is stopped in a microtask, unless it has been set again by then.
 *
 * When the real timer fires, at least its delay has passed, even if the clock shows less.
 */
export class StandingTimer {
  readonly #scheduler: SchedulerLike;
  readonly #elapsed: Elapsed;
  readonly #onDue: (lateMs: number) => void;
  #timer: Subscription | undefined;
  /** When the running timer fires, on the elapsed clock. */
  #firesAt = 0;
  /** `Infinity` while it is not set. */
  #dueAt = Infinity;
  #isStopping = false;

  /**
   * @param onDue called with the milliseconds since the due time
   */
  constructor(scheduler: SchedulerLike, elapsed: Elapsed, onDue: (lateMs: number) => void) {
    this.#scheduler = scheduler;
    this.#elapsed = elapsed;
    this.#onDue = onDue;
  }

  /** Sets the timer, unless it is set for an earlier time. */
  set(delayMs: number): void {
    const now = this.#elapsed();
    const dueAt = now + delayMs;
    if (dueAt >= this.#dueAt) return;
    this.#dueAt = dueAt;
    // If the real timer should have fired already, the clock was set forward, which doesn't affect real timers.
    const isOverdue = this.#firesAt <= now;
    if (this.#timer === undefined || this.#firesAt > dueAt || isOverdue) this.#start(now);
  }

  clear(): void {
    this.#dueAt = Infinity;
    if (this.#timer === undefined || this.#isStopping) return;
    this.#isStopping = true;
    queueMicrotask(() => {
      this.#isStopping = false;
      if (this.#dueAt === Infinity) this.stop();
    });
  }

  /** Like `clear`, but stops the real timer immediately. */
  stop(): void {
    this.#dueAt = Infinity;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  #start(now: number): void {
    this.#timer?.unsubscribe();
    this.#firesAt = Math.min(this.#dueAt, now + MAX_DELAY_MS);
    this.#timer = this.#scheduler.schedule(() => {
      this.#timer = undefined;
      const time = this.#elapsed(this.#firesAt);
      if (this.#dueAt > time) {
        if (this.#dueAt < Infinity) this.#start(time);
        return;
      }
      const lateMs = time - this.#dueAt;
      this.#dueAt = Infinity;
      this.#onDue(lateMs);
    }, this.#firesAt - now);
  }
}
