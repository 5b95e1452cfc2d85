/** A timer later than this was delayed by more than a busy process. */
export const MAX_LATE_MS = 1_000;

/**
 * Elapsed time without gaps: time in which the process or machine was stopped (SIGSTOP, a frozen function, a laptop asleep), and forward steps of
 * the wall clock.
 *
 * Timers reveal a gap: none of them fires while it lasts, so that one fires far too late after it.
 */
export class GapClock {
  readonly #elapsed: () => number;
  #skippedMs = 0;
  /** Several timers may be late because of the same gap. */
  #skippedUntil = -Infinity;

  /** @param elapsed milliseconds on a clock that never goes back */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  now(): number {
    return this.#elapsed() - this.#skippedMs;
  }

  /**
   * Excludes the time since `dueAt` (on the elapsed clock), when a timer was due that fires only now, if it is so late that there was a gap.
   *
   * @returns whether there was one
   */
  skipGap(dueAt: number): boolean {
    const now = this.#elapsed();
    if (!(now - dueAt > MAX_LATE_MS)) return false;
    this.#skippedMs += now - Math.max(dueAt, this.#skippedUntil);
    this.#skippedUntil = now;
    return true;
  }
}
