import { Deque } from '../internal/deque.js';
import { flatCopy } from '../internal/flat-copy.js';
import { shortened } from '../sampling/shortened.js';

interface Entry {
  readonly id: string;
  readonly time: number;
}

/** The recently seen ids: at most `maxIds`, each for `windowMs`. An entry has a bounded size, and shares no memory with its request. */
export class SeenIds {
  readonly #maxIds: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  /** The entries, oldest first. A Map can't serve as the queue: iterating it from the start skips every entry deleted since its last rehash, one by one. */
  readonly #order = new Deque<Entry>();

  constructor(maxIds: number, windowMs: number, now: () => number) {
    this.#maxIds = maxIds;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  has(id: string): boolean {
    const entry = this.#entries.get(shortened(id, MAX_LENGTH));
    return entry !== undefined && this.#now() - entry.time < this.#windowMs;
  }

  add(id: string): void {
    const entry: Entry = { id: flatCopy(shortened(id, MAX_LENGTH)), time: this.#now() };
    this.#entries.set(entry.id, entry);
    this.#order.push(entry);
    for (let oldest = this.#order.at(0); oldest !== undefined; oldest = this.#order.at(0)) {
      if (this.#order.length <= this.#maxIds && entry.time - oldest.time < this.#windowMs) return;
      this.#order.shift();
      // The id may have been added again after its window, as a newer entry.
      if (this.#entries.get(oldest.id) === oldest) this.#entries.delete(oldest.id);
    }
  }
}

const MAX_LENGTH = 320;
