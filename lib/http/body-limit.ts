/**
 * The longest body that a server takes, as learnt from its answers: after a 413, half of the refused body, or the longest body that it has taken.
 *
 * A refused body of a single event teaches nothing: smaller limits would not help it.
 */
export class BodyLimit {
  #bytes = Infinity;
  #taken = 0;

  get bytes(): number {
    return this.#bytes;
  }

  taken(bytes: number): void {
    if (bytes > this.#taken) this.#taken = bytes;
  }

  refused(bytes: number, events: number): void {
    if (events < 2) return;
    // The limit has been lowered since, or it counts compressed bytes.
    if (this.#taken >= bytes) this.#taken = 0;
    this.#bytes = Math.min(this.#bytes, Math.max(this.#taken, Math.ceil(bytes / 2)));
  }
}
