import { SinkError } from '../errors/sink-error.js';
import { databaseError } from './database-error.js';

/** The owner (page or worker) that stores a batch, and the batch's position there. Keys ascend by the owner's start, then by position. */
export interface BatchKey {
  readonly owner: string;
  readonly position: number;
  readonly id: string;
}

/** A stored batch as it was read. */
export interface BatchRecord {
  readonly key: BatchKey;
  readonly json: string;
}

/** The stored batches of one owner. */
export interface FoundBatches {
  readonly records: readonly BatchRecord[];
  /** Keys of records that are not ours, or are in another format. */
  readonly damaged: readonly IDBValidKey[];
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
    const db = await answerOf(request);
    if (!db.objectStoreNames.contains(STORE)) {
      db.close();
      throw new SinkError('write_failed', `The database '${name}' belongs to another program`, { code: 'SPOOL_FORMAT' });
    }
    return new BatchDatabase(db, sink, durability, onClosed);
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

  /** The owners that have batches, oldest first. */
  async owners(): Promise<string[]> {
    const keys = await answerOf(this.#store('readonly').getAllKeys(this.#range()));
    return [...new Set(keys.flatMap((key) => ownerIn(key) ?? []))];
  }

  /** The batches of one owner, by ascending position. */
  async readAll(owner: string): Promise<FoundBatches> {
    const store = this.#store('readonly');
    const range = this.#range(owner);
    const [keys, values] = await Promise.all([answerOf(store.getAllKeys(range)), answerOf<unknown[]>(store.getAll(range))]);
    const records: BatchRecord[] = [];
    const damaged: IDBValidKey[] = [];
    for (const [index, idbKey] of keys.entries()) {
      const key = keyIn(idbKey);
      const json = values[index];
      if (key !== undefined && typeof json === 'string') records.push({ key, json });
      else damaged.push(idbKey);
    }
    return { records, damaged };
  }

  /** The JSON of a batch; `undefined` if the database does not have it. */
  async read(key: BatchKey): Promise<string | undefined> {
    const json = await answerOf<unknown>(this.#store('readonly').get(this.#idbKey(key)));
    return typeof json === 'string' ? json : undefined;
  }

  remove(keys: readonly IDBValidKey[]): Promise<void> {
    return this.#change((store) => {
      for (const key of keys) store.delete(key);
    });
  }

  /**
   * Removes and puts in one transaction. When the call returns, the browser has the requests: they outlive the page.
   *
   * @throws if the database is closed
   */
  write(remove: readonly BatchKey[], put: readonly (readonly [key: BatchKey, json: string])[]): Promise<void> {
    return this.#change((store) => {
      for (const key of remove) store.delete(this.#idbKey(key));
      for (const [key, json] of put) store.put(json, this.#idbKey(key));
    });
  }

  /** Transactions that have started are completed. */
  close(): void {
    this.#db.close();
  }

  #change(request: (store: IDBObjectStore) => void): Promise<void> {
    const store = this.#store('readwrite');
    request(store);
    const { transaction } = store;
    const completion = completionOf(transaction);
    transaction.commit();
    return completion;
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

const ownerIn = (key: IDBValidKey): string | undefined => (Array.isArray(key) && typeof key[1] === 'string' ? key[1] : undefined);

function keyIn(key: IDBValidKey): BatchKey | undefined {
  const owner = ownerIn(key);
  const [, , position, id] = key as readonly unknown[];
  return owner !== undefined && isPosition(position) && typeof id === 'string' ? { owner, position, id } : undefined;
}

/** Positions are added to those of other owners, so they must be exact; a part of a batch has a fractional one. */
const isPosition = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(Math.floor(value));

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
