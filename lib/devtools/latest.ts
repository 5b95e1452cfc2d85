/** A bounded list of the latest items, newest first, with ascending ids. */
export class Latest<T> {
  readonly #capacity: number;
  #items: readonly (T & { readonly id: number })[] = [];
  #lastId = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get items(): readonly (T & { readonly id: number })[] {
    return this.#items;
  }

  add(item: T): void {
    this.#lastId += 1;
    this.#items = [{ ...item, id: this.#lastId }, ...this.#items.slice(0, this.#capacity - 1)];
  }

  remove(id: number): void {
    this.#items = this.#items.filter((item) => item.id !== id);
  }
}
