import { flatCopy } from '../internal/flat-copy.js';
import { shortened } from './shortened.js';

/**
 * State of at most `maxKeys` keys. Beyond that, the least recently used key is forgotten; if it occurs again, it starts with fresh state. Keys are
 * compared as in a `Map`; every call is O(1). A key that is a string is stored as a short copy, which does not keep the event's memory alive.
 *
 * The order of use is a linked list of the entries. Deleting a key from a `Map` and adding it again would have the same effect, but would take five
 * times as long.
 */
export class KeyedState<S> {
  readonly #entries = new Map<unknown, Entry<S>>();
  readonly #create: () => S;
  readonly #maxKeys: number;
  /** The anchor of the circular list: the newest entry is before it, the oldest after it. */
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
    const known = typeof key === 'string' && key.length > MAX_LENGTH ? shortened(key, MAX_LENGTH) : key;
    let entry = this.#entries.get(known);
    if (entry === undefined) {
      const own = typeof known === 'string' ? flatCopy(known) : known;
      entry = { key: own, state: this.#create(), newer: ring, older: ring };
      if (this.size >= this.#maxKeys) {
        this.#entries.delete(ring.newer.key);
        unlink(ring.newer);
      }
      this.#entries.set(own, entry);
    } else unlink(entry);
    entry.newer = ring;
    entry.older = ring.older;
    entry.older.newer = ring.older = entry;
    return entry.state;
  }
}

/** Maximum length of a stored key, in characters. */
const MAX_LENGTH = 320;

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
