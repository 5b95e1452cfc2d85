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
  /** What was excluded, ascending and disjoint: several timers may be late because of the same gap, those with the latest due time first. */
  #gaps: readonly Gap[] = [];
  /** Nothing before it is excluded any more: it is where the last forgotten gap ends. */
  #start = -Infinity;

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

/** Older gaps are forgotten. No timer is late for so many; a callback may last for more. */
const MAX_GAPS = 10;
