/** Remembers the last `size` messages that were added, and up to as many before them. */
export class RecentMessages {
  readonly #size: number;
  /** Timestamps by sequence. */
  #current = new Map<number, number>();
  #previous = new Map<number, number>();

  constructor(size: number) {
    this.#size = size;
  }

  add(streamSequence: number, timestampNanos: number): void {
    if (this.#current.size >= this.#size) {
      this.#previous = this.#current;
      this.#current = new Map();
    }
    this.#current.set(streamSequence, timestampNanos);
  }

  has(streamSequence: number, timestampNanos: number): boolean {
    return this.#current.get(streamSequence) === timestampNanos || this.#previous.get(streamSequence) === timestampNanos;
  }
}
