/** What a sparkline of the last minute needs. */
const KEPT = 60;

/** Events per second, second by second, of the last minute. */
export class RateHistory {
  #rates: readonly number[] = [];
  #count = 0;
  #at: number;

  /** @param at in milliseconds, as for `record` */
  constructor(at: number) {
    this.#at = at;
  }

  /** The oldest first. */
  get rates(): readonly number[] {
    return this.#rates;
  }

  /** Called about once a second; a late call is divided by the time that has passed. */
  record(at: number, count: number): void {
    const elapsedMs = at - this.#at;
    if (elapsedMs <= 0) return;
    this.#rates = [...this.#rates, ((count - this.#count) / elapsedMs) * 1_000].slice(-KEPT);
    this.#count = count;
    this.#at = at;
  }
}
