/**
 * State per key, of at most `maxKeys` keys: beyond that, the key that was asked for longest ago is forgotten and starts afresh when it
 * comes back. Keys are compared as in a `Map`; every call is O(1).
 *
 * The order of use is a list linked through the entries: taking a key out of a `Map` and putting it back would order them as well, at
 * five times the cost of four pointers.
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

/** How many keys a strategy remembers unless told otherwise. */
export const DEFAULT_MAX_KEYS = 10_000;
