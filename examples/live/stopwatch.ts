/** Measures time, but for pauses. Times are in milliseconds. */
export class Stopwatch {
  #elapsedMs = 0;
  /** Since when it runs; `undefined` while it is stopped. */
  #since: number | undefined;

  run(at: number): void {
    this.#since ??= at;
  }

  stop(at: number): void {
    this.#elapsedMs = this.elapsedMs(at);
    this.#since = undefined;
  }

  elapsedMs(at: number): number {
    return this.#elapsedMs + (this.#since === undefined ? 0 : at - this.#since);
  }
}
