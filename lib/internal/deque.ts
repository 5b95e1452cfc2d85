/**
 * A double-ended queue on a ring of slots: every operation is O(1), where `Array.prototype.shift` is O(n) on a long array.
 *
 * The ring doubles when it is full and halves when three quarters stand empty, so that a burst's memory is given back.
 */
export class Deque<T> {
  #slots: (T | undefined)[] = new Array<T | undefined>(MIN_SLOTS);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: T): void {
    if (this.#length === this.#slots.length) this.#resize(this.#slots.length * 2);
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = value;
    this.#length += 1;
  }

  unshift(value: T): void {
    if (this.#length === this.#slots.length) this.#resize(this.#slots.length * 2);
    this.#head = (this.#head - 1) & (this.#slots.length - 1);
    this.#slots[this.#head] = value;
    this.#length += 1;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#shrink();
    return value;
  }

  pop(): T | undefined {
    if (this.#length === 0) return undefined;
    const index = (this.#head + this.#length - 1) & (this.#slots.length - 1);
    const value = this.#slots[index];
    this.#slots[index] = undefined;
    this.#shrink();
    return value;
  }

  /** The value at `index` from the front; `undefined` outside. */
  at(index: number): T | undefined {
    return index >= 0 && index < this.#length ? this.#slots[(this.#head + index) & (this.#slots.length - 1)] : undefined;
  }

  /** Takes everything out, and gives it in order. */
  drain(): T[] {
    const values = this.#ordered();
    this.#slots = new Array<T | undefined>(MIN_SLOTS);
    this.#head = 0;
    this.#length = 0;
    return values;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; index < this.#length; index += 1) yield this.at(index) as T;
  }

  #shrink(): void {
    this.#length -= 1;
    if (this.#slots.length > MIN_SLOTS && this.#length < this.#slots.length / 4) this.#resize(this.#slots.length / 2);
  }

  #resize(size: number): void {
    const values: (T | undefined)[] = this.#ordered();
    values.length = size;
    this.#slots = values;
    this.#head = 0;
  }

  #ordered(): T[] {
    const { length } = this.#slots;
    const values: T[] = [];
    for (let index = 0; index < this.#length; index += 1) values.push(this.#slots[(this.#head + index) & (length - 1)] as T);
    return values;
  }
}

/** A power of two, so that a mask wraps an index. */
const MIN_SLOTS = 16;
