/**
 * State per key, of at most `maxKeys` keys: beyond that, the least recently used key is forgotten; if it
 * occurs again, its state is new. Keys are compared as in a `Map`; every call is O(1).
 *
 * The order of use is a linked list of the entries. Deleting a key from a `Map` and adding it again would have the same effect, at
 * five times the cost.
 */
export class KeyedState<S> {
  readonly #entries = new Map<unknown, Entry<S>>();
  readonly #create: () => S;
  readonly #maxKeys: number;
  /** Closes the list to a ring: the newest entry is before it, the oldest after it. */
  readonly #ring = {} as Entry<S>;

  constructor(create: () => S, maxKeys: number) {
    this.#create = create;
    this.#maxKeys = maxKeys;
    this.#ring.older = this.#ring.newer = this.#ring;
  }

  get size(): number {
    return this.#entries.size;
  }

  of(key: unknown): S {
    const ring = this.#ring;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { key, state: this.#create(), newer: ring, older: ring };
      if (this.size >= this.#maxKeys) {
        this.#entries.delete(ring.newer.key);
        unlink(ring.newer);
      }
      this.#entries.set(key, entry);
    } else unlink(entry);
    entry.newer = ring;
    entry.older = ring.older;
    entry.older.newer = ring.older = entry;
    return entry.state;
  }
}

function unlink<S>({ newer, older }: Entry<S>): void {
  newer.older = older;
  older.newer = newer;
}

interface Entry<S> {
  readonly key: unknown;
  readonly state: S;
  newer: Entry<S>;
  older: Entry<S>;
}

/** Default number of keys with state. */
export const DEFAULT_MAX_KEYS = 10_000;
