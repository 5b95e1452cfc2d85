/**
 * A double-ended queue on an array whose front is left empty until that is worth a copy: every operation is O(1) in the long run, where
 * `Array.prototype.shift` is O(n) on a long array.
 */
export class Deque<T> {
  #slots: (T | undefined)[] = [];
  /** Slots that stand empty at the front. */
  #empty = 0;
  /** A field, as the trampoline reads it for every event: computed from the others it costs one 10 ns. */
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: T): void {
    this.#length = this.#slots.push(value) - this.#empty;
  }

  unshift(value: T): void {
    // Room for as many again, so that one after the other costs no more.
    if (this.#empty === 0) {
      this.#empty = this.#length + 1;
      this.#slots = new Array<T | undefined>(this.#empty).concat(this.#slots);
    }
    this.#slots[(this.#empty -= 1)] = value;
    this.#length += 1;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#slots[this.#empty];
    this.#slots[this.#empty] = undefined;
    this.#empty += 1;
    this.#length -= 1;
    if (this.#empty > this.#length + MIN_COPIED) {
      this.#slots = this.#slots.slice(this.#empty);
      this.#empty = 0;
    }
    return value;
  }

  pop(): T | undefined {
    if (this.#length === 0) return undefined;
    this.#length -= 1;
    return this.#slots.pop();
  }

  /** The value at `index` from the front; `undefined` outside. */
  at(index: number): T | undefined {
    return index < 0 ? undefined : this.#slots[this.#empty + index];
  }

  /** Takes everything out, and gives it in order. */
  drain(): T[] {
    const values = [...this];
    this.#slots = [];
    this.#empty = this.#length = 0;
    return values;
  }

  [Symbol.iterator](): Iterator<T> {
    return (this.#slots.slice(this.#empty) as T[]).values();
  }
}

/** Below so many it isn't worth a copy. */
const MIN_COPIED = 16;
