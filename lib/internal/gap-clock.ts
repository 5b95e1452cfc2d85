/** If a timer is later than this, the cause is not just a busy process. */
export const MAX_LATE_MS = 1_000;

/**
 * Elapsed time without gaps: time in which the process or machine was stopped (SIGSTOP, a frozen function, a laptop asleep), and forward steps of
 * the wall clock.
 *
 * A late timer reveals a gap: no timer fires during the gap, so one that was due fires far too late.
 */
export class GapClock {
  readonly #elapsed: () => number;
  #skippedMs = 0;
  /** The excluded intervals, ascending and disjoint. Several timers may be late because of the same gap, and may fire in any order. */
  #gaps: readonly Gap[] = [];
  /** The end of the last gap that was forgotten. Time before it can't be excluded any more. */
  #start = -Infinity;

  /** @param elapsed milliseconds on a clock that never goes back */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  now(): number {
    return this.#elapsed() - this.#skippedMs;
  }

  /**
   * Excludes the time since `dueAt` (on the elapsed clock) if it is so long that there was a gap. `dueAt` is when the timer that fires now was due,
   * or when the callback that returns now was called.
   *
   * @returns whether there was a gap
   */
  skipGap(dueAt: number): boolean {
    const until = this.#elapsed();
    if (!(until - dueAt > MAX_LATE_MS)) return false;
    const inside = this.#gaps.filter((gap) => gap.until >= dueAt);
    const from = Math.max(this.#start, Math.min(dueAt, inside[0]?.from ?? Infinity));
    this.#skippedMs += until - from - inside.reduce((sum, gap) => sum + gap.until - gap.from, 0);
    const gaps = [...this.#gaps.slice(0, this.#gaps.length - inside.length), { from, until }];
    this.#start = gaps.at(-1 - MAX_GAPS)?.until ?? this.#start;
    this.#gaps = gaps.slice(-MAX_GAPS);
    return true;
  }
}

interface Gap {
  readonly from: number;
  readonly until: number;
}

/** Number of gaps that are remembered. Only a long callback can span more. */
const MAX_GAPS = 10;
