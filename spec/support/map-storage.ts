import type { VisitorStorage } from '../../lib/browser/visitor-storage.js';

/** A storage in memory, which tabs of a test share; `isBlocked` makes every call throw, as browsers do for blocked storage. */
export class MapStorage implements VisitorStorage {
  readonly items = new Map<string, string>();
  isBlocked = false;
  writes = 0;

  getItem(key: string): string | null {
    this.#check();
    return this.items.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.#check();
    this.writes += 1;
    this.items.set(key, value);
  }

  removeItem(key: string): void {
    this.#check();
    this.items.delete(key);
  }

  #check(): void {
    if (this.isBlocked) throw new Error('The storage is blocked');
  }
}
