import { arrayKey } from './array-key.js';

/**
 * State per key, of at most `maxKeys` keys: beyond that, the key that was asked for longest ago is forgotten and starts afresh when it
 * comes back. Keys are compared as in a `Map`, arrays of primitives by what they hold; every call is O(1).
 *
 * The order of use is a list linked through the entries: taking a key out of a `Map` and putting it back would order them as well, at
 * five times the cost of four pointers.
 */
export class KeyedState<S> {
  readonly #entries = new Map<unknown, Entry<S>>();
  readonly #create: () => S;
  readonly #maxKeys: number;
  #newest: Entry<S> | undefined;
  #oldest: Entry<S> | undefined;

  constructor(create: () => S, maxKeys: number) {
    this.#create = create;
    this.#maxKeys = maxKeys;
  }

  get size(): number {
    return this.#entries.size;
  }

  of(given: unknown): S {
    const key = Array.isArray(given) ? (arrayKey(given) ?? (given as unknown)) : given;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { key, state: this.#create(), newer: undefined, older: undefined };
      if (this.#entries.size >= this.#maxKeys) this.#forgetOldest();
      this.#entries.set(key, entry);
    } else if (entry === this.#newest) return entry.state;
    else this.#unlink(entry);
    this.#linkAsNewest(entry);
    return entry.state;
  }

  #forgetOldest(): void {
    const oldest = this.#oldest;
    if (oldest === undefined) return;
    this.#entries.delete(oldest.key);
    this.#unlink(oldest);
  }

  #linkAsNewest(entry: Entry<S>): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink({ newer, older }: Entry<S>): void {
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
  }
}

interface Entry<S> {
  readonly key: unknown;
  readonly state: S;
  newer: Entry<S> | undefined;
  older: Entry<S> | undefined;
}

/** How many keys a strategy remembers unless told otherwise. */
export const DEFAULT_MAX_KEYS = 10_000;
