import { SinkError } from '../errors/sink-error.js';
import { databaseError } from './database-error.js';

/** The life that stores a batch, and the batch's place in it. Keys ascend by the start of the life, then by position. */
export interface BatchKey {
  readonly owner: string;
  readonly position: number;
  readonly id: string;
}

/** A record as it was found. */
export interface BatchRecord {
  readonly key: BatchKey;
  /** `undefined` if it can't be read. */
  readonly json: string | undefined;
}

export type StorageDurability = 'relaxed' | 'strict';

const VERSION = 1;
const STORE = 'batches';

/**
 * The batches of one sink in an IndexedDB database, which several sinks and pages share.
 *
 * ```
 * key                             value
 * [sink, owner, position, id]     the batch as JSON
 * ```
 */
export class BatchDatabase {
  readonly #db: IDBDatabase;
  readonly #sink: string;
  readonly #durability: StorageDurability;

  /** @param onClosed called when the browser, or another page that deletes or upgrades the database, has closed it */
  static async open(
    name: string,
    sink: string,
    durability: StorageDurability,
    onClosed: (error: SinkError) => void,
  ): Promise<BatchDatabase> {
    const { indexedDB, navigator } = globalThis as { readonly indexedDB?: IDBFactory; readonly navigator?: Partial<Navigator> };
    if (indexedDB === undefined || navigator?.locks === undefined) {
      throw new SinkError('write_failed', 'IndexedDB or Web Locks are missing: they need a secure context', { code: 'SPOOL_UNAVAILABLE' });
    }
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE);
    };
    return new BatchDatabase(await answerOf(request), sink, durability, onClosed);
  }

  private constructor(db: IDBDatabase, sink: string, durability: StorageDurability, onClosed: (error: SinkError) => void) {
    this.#db = db;
    this.#sink = sink;
    this.#durability = durability;
    db.onclose = () => {
      onClosed(new SinkError('write_failed', 'The browser has closed the database, or cleared the storage', { code: 'SPOOL_CLOSED' }));
    };
    db.onversionchange = ({ newVersion }) => {
      // A database that stays open would block the other page.
      db.close();
      const what = newVersion === null ? 'deletes the database' : `upgrades the database to version ${String(newVersion)}`;
      onClosed(new SinkError('write_failed', `Another page ${what}`, { code: 'SPOOL_CLOSED' }));
    };
  }

  /** The lives that have batches, oldest first. */
  async owners(): Promise<string[]> {
    const keys = await answerOf(this.#store('readonly').getAllKeys(this.#range()));
    return [...new Set(keys.map((key) => keyOf(key).owner))];
  }

  /** The batches of one life, by ascending position. */
  async read(owner: string): Promise<BatchRecord[]> {
    const store = this.#store('readonly');
    const range = this.#range(owner);
    const [keys, values] = await Promise.all([answerOf(store.getAllKeys(range)), answerOf<unknown[]>(store.getAll(range))]);
    return keys.map((key, index) => {
      const value = values[index];
      return { key: keyOf(key), json: typeof value === 'string' ? value : undefined };
    });
  }

  /**
   * Removes and puts in one transaction. The requests have been handed to the browser when the call returns, so that they outlive the page.
   *
   * @throws if the database is closed
   */
  write(remove: readonly BatchKey[], put: readonly (readonly [key: BatchKey, json: string])[]): Promise<void> {
    const store = this.#store('readwrite');
    for (const key of remove) store.delete(this.#idbKey(key));
    for (const [key, json] of put) store.put(json, this.#idbKey(key));
    const { transaction } = store;
    const completion = completionOf(transaction);
    transaction.commit();
    return completion;
  }

  /** Changes under way are completed. */
  close(): void {
    this.#db.close();
  }

  #store(mode: IDBTransactionMode): IDBObjectStore {
    return this.#db.transaction(STORE, mode, { durability: this.#durability }).objectStore(STORE);
  }

  #range(owner?: string): IDBKeyRange {
    const start = owner === undefined ? [this.#sink] : [this.#sink, owner];
    // Arrays come after all strings and numbers.
    return IDBKeyRange.bound(start, [...start, []]);
  }

  #idbKey({ owner, position, id }: BatchKey): IDBValidKey {
    return [this.#sink, owner, position, id];
  }
}

function keyOf(key: IDBValidKey): BatchKey {
  const [, owner, position, id] = key as [sink: string, owner: string, position: number, id: string];
  return { owner, position, id };
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(databaseError(request.error, 'The database failed'));
    };
  });
}

function completionOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => {
      resolve();
    };
    transaction.onabort = () => {
      reject(databaseError(transaction.error, 'The batch could not be stored'));
    };
  });
}
