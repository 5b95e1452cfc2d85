/**
 * A double-ended queue on an array. Removed entries leave empty slots at its front, which are removed in bulk by copying. Every operation is
 * amortized O(1), whereas `Array.prototype.shift` is O(n) on a long array.
 */
export class Deque<T> {
  #slots: (T | undefined)[] = [];
  /** Number of empty slots at the front. */
  #empty = 0;
  /** A field, because the trampoline reads it for every event: computing it would take 10 ns per event. */
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: T): void {
    this.#length = this.#slots.push(value) - this.#empty;
  }

  unshift(value: T): void {
    // Doubles the free slots, so that repeated calls stay O(1).
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

  /** The value at `index` from the front; `undefined` if out of range. */
  at(index: number): T | undefined {
    return index < 0 ? undefined : this.#slots[this.#empty + index];
  }

  /** Removes and returns all values in order. */
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

/** With fewer empty slots, nothing is copied. */
const MIN_COPIED = 16;
