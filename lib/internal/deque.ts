/**
 * A double-ended queue on an array whose front is left empty until that is worth a copy: every operation is O(1) in the long run, where
 * `Array.prototype.shift` is O(n) on a long array.
 */
export class Deque<T> {
  #slots: (T | undefined)[] = [];
  /** Slots that stand empty at the front. */
  #empty = 0;

  get length(): number {
    return this.#slots.length - this.#empty;
  }

  push(value: T): void {
    this.#slots.push(value);
  }

  unshift(value: T): void {
    // Room for as many again, so that one after the other costs no more.
    if (this.#empty === 0) {
      this.#empty = this.length + 1;
      this.#slots = new Array<T | undefined>(this.#empty).concat(this.#slots);
    }
    this.#slots[(this.#empty -= 1)] = value;
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const value = this.#slots[this.#empty];
    this.#slots[this.#empty] = undefined;
    this.#empty += 1;
    if (this.#empty > this.length + MIN_COPIED) this.#slots = this.drain();
    return value;
  }

  pop(): T | undefined {
    return this.length === 0 ? undefined : this.#slots.pop();
  }

  /** The value at `index` from the front; `undefined` outside. */
  at(index: number): T | undefined {
    return index < 0 ? undefined : this.#slots[this.#empty + index];
  }

  /** Takes everything out, and gives it in order. */
  drain(): T[] {
    const values = this.#slots.slice(this.#empty) as T[];
    this.#slots = [];
    this.#empty = 0;
    return values;
  }

  [Symbol.iterator](): Iterator<T> {
    return (this.#slots.slice(this.#empty) as T[]).values();
  }
}

/** Below so many it isn't worth a copy. */
const MIN_COPIED = 16;
