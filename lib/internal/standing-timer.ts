import type { SchedulerLike, Subscription } from 'rxjs';

/**
 * A timer that is set again and again, and mostly before it is due. Setting it again costs a look at the clock, where
 * starting and stopping a timer costs 3 µs: one that is cleared stops in a microtask, unless it was set again by then.
 *
 * It trusts its timers more than the clock: when one fires, at least its delay has passed.
 */
export class StandingTimer {
  readonly #scheduler: SchedulerLike;
  readonly #elapsed: () => number;
  readonly #onDue: (lateMs: number) => void;
  #timer: Subscription | undefined;
  /** When the running timer fires, on the elapsed clock. */
  #firesAt = 0;
  /** `Infinity` while it is not set. */
  #dueAt = Infinity;
  #isStopping = false;

  /**
   * @param elapsed milliseconds on a clock that never goes back
   * @param onDue called with the milliseconds since it was due
   */
  constructor(scheduler: SchedulerLike, elapsed: () => number, onDue: (lateMs: number) => void) {
    this.#scheduler = scheduler;
    this.#elapsed = elapsed;
    this.#onDue = onDue;
  }

  /** Sets it, unless it is set for an earlier time. */
  set(delayMs: number): void {
    const now = this.#elapsed();
    const dueAt = now + delayMs;
    if (dueAt >= this.#dueAt) return;
    this.#dueAt = dueAt;
    if (this.#timer === undefined || this.#firesAt > dueAt) this.#start(now);
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

  /** As `clear`, and the timer stops immediately. */
  stop(): void {
    this.#dueAt = Infinity;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  #start(now: number): void {
    this.#timer?.unsubscribe();
    this.#firesAt = this.#dueAt;
    this.#timer = this.#scheduler.schedule(() => {
      this.#timer = undefined;
      const time = Math.max(this.#elapsed(), this.#firesAt);
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
