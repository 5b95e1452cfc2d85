/** The ids that were taken lately: at most `maxIds`, each for `windowMs`. */
export class SeenIds {
  readonly #maxIds: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  /** When each was taken, the oldest first. */
  readonly #times = new Map<string, number>();

  constructor(maxIds: number, windowMs: number, now: () => number) {
    this.#maxIds = maxIds;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  has(id: string): boolean {
    const time = this.#times.get(id);
    return time !== undefined && this.#now() - time < this.#windowMs;
  }

  add(id: string): void {
    const now = this.#now();
    // An id that has outlived the window goes to the end again.
    this.#times.delete(id);
    this.#times.set(id, now);
    for (const [oldest, time] of this.#times) {
      if (this.#times.size <= this.#maxIds && now - time < this.#windowMs) return;
      this.#times.delete(oldest);
    }
  }
}
