import { GapClock } from '../internal/gap-clock.js';

/**
 * Counts overlapping pauses, and measures the time outside of pauses and gaps: a retry's time limit doesn't run while attempts are paused or the
 * process is stopped.
 */
export class PauseClock {
  readonly #running: GapClock;
  #pauses = 0;
  #pausedAt = 0;
  #pausedMs = 0;

  /** @param elapsed milliseconds on a clock that never goes back */
  constructor(elapsed: () => number) {
    this.#running = new GapClock(elapsed);
  }

  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  /** Milliseconds without pauses and gaps. */
  now(): number {
    return (this.isPaused ? this.#pausedAt : this.#running.now()) - this.#pausedMs;
  }

  /** Milliseconds without gaps, but including pauses. */
  withoutGaps(): number {
    return this.#running.now();
  }

  /** See `GapClock.skipGap`. */
  skipGap(dueAt: number): boolean {
    const isGap = this.#running.skipGap(dueAt);
    // A gap is detected afterwards. The pause may have begun in between, for instance when a laptop wakes without a network.
    this.#pausedAt = Math.min(this.#pausedAt, this.#running.now());
    return isGap;
  }

  pause(): void {
    if (!this.isPaused) this.#pausedAt = this.#running.now();
    this.#pauses += 1;
  }

  /** @returns whether that was the last pause */
  resume(): boolean {
    this.#pauses -= 1;
    if (this.isPaused) return false;
    this.#pausedMs += this.#running.now() - this.#pausedAt;
    return true;
  }
}
