import { Deque } from '../internal/deque.js';

interface Entry {
  readonly id: string;
  readonly time: number;
}

/** The ids that were taken lately: at most `maxIds`, each for `windowMs`. */
export class SeenIds {
  readonly #maxIds: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();
  /** The oldest first. A Map that is walked from its start steps over whatever was deleted there since its last rehash. */
  readonly #order = new Deque<Entry>();

  constructor(maxIds: number, windowMs: number, now: () => number) {
    this.#maxIds = maxIds;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  has(id: string): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && this.#now() - entry.time < this.#windowMs;
  }

  add(id: string): void {
    const entry: Entry = { id, time: this.#now() };
    this.#entries.set(id, entry);
    this.#order.push(entry);
    for (let oldest = this.#order.at(0); oldest !== undefined; oldest = this.#order.at(0)) {
      if (this.#order.length <= this.#maxIds && entry.time - oldest.time < this.#windowMs) return;
      this.#order.shift();
      // It may have been taken anew, when its time was over.
      if (this.#entries.get(oldest.id) === oldest) this.#entries.delete(oldest.id);
    }
  }
}
