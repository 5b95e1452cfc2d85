/**
 * An estimate of the longest body that a server accepts. A 413 sets it to half of the refused body or to the longest accepted body, whichever is
 * longer.
 *
 * A refused body with a single event is ignored: it can't be divided.
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
    // A longer body was accepted before: the server has lowered its limit, or counts compressed bytes.
    if (this.#taken >= bytes) this.#taken = 0;
    this.#bytes = Math.min(this.#bytes, Math.max(this.#taken, Math.ceil(bytes / 2)));
  }
}
