import { SequenceTable } from './sequence-table.js';

/** Remembers the last `size` to `2 * size` messages that were added. */
export class RecentMessages {
  readonly #size: number;
  /** Timestamps by sequence. */
  #current = new SequenceTable();
  #previous = new SequenceTable();

  constructor(size: number) {
    this.#size = size;
  }

  add(streamSequence: number, timestampNanos: number): void {
    if (this.#current.size >= this.#size) {
      const oldest = this.#previous;
      oldest.clear();
      this.#previous = this.#current;
      this.#current = oldest;
    }
    this.#current.set(streamSequence, timestampNanos);
  }

  has(streamSequence: number, timestampNanos: number): boolean {
    return this.#current.get(streamSequence) === timestampNanos || this.#previous.get(streamSequence) === timestampNanos;
  }
}
