/**
 * Counts overlapping pauses, and measures the time outside of them: a retry's time limit doesn't run while attempts are paused.
 */
export class PauseClock {
  readonly #elapsed: () => number;
  #pauses = 0;
  #pausedAt = 0;
  #pausedMs = 0;

  /** @param elapsed milliseconds on a clock that never goes back */
  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  /** Milliseconds on the elapsed clock, without pauses. */
  now(): number {
    return (this.isPaused ? this.#pausedAt : this.#elapsed()) - this.#pausedMs;
  }

  /** Excludes a gap that has just ended. */
  skip(ms: number): void {
    this.#pausedMs += ms;
  }

  pause(): void {
    if (!this.isPaused) this.#pausedAt = this.#elapsed();
    this.#pauses += 1;
  }

  /** @returns whether that was the last pause */
  resume(): boolean {
    this.#pauses -= 1;
    if (this.isPaused) return false;
    this.#pausedMs += this.#elapsed() - this.#pausedAt;
    return true;
  }
}
