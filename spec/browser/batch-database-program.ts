/** Makes the database of batches, and sessions of a store, available to the specs of a page. */
import { VirtualTimeScheduler } from 'rxjs';
import { backgroundScheduler } from '../../lib/internal/background-scheduler.js';
import { BatchDatabase } from '../../lib/browser/batch-database.js';
import type { RecoveredBatches } from '../../lib/index.js';
import { IndexedDbSession, type SessionOptions } from '../../lib/browser/indexed-db-session.js';

declare global {
  var store: {
    readonly open: (name: string, onClosed?: (error: unknown) => void) => Promise<BatchDatabase>;
    readonly session: (options: Partial<SessionOptions>) => IndexedDbSession;
    /** What a session emits whose time to open the database is over at once. */
    readonly lateSession: () => Promise<RecoveredBatches[]>;
    /** Everything that the session emits; resolves with the first emission. */
    readonly recovered: (session: IndexedDbSession) => Promise<RecoveredBatches[]>;
    /** Deletes a database; resolves when no connection blocks it any more. */
    readonly removed: (name: string) => Promise<unknown>;
    /** Resolves when the condition is met. */
    readonly until: (isMet: () => boolean) => Promise<void>;
    /** Opens a database without the library. */
    readonly raw: (name: string, version?: number) => Promise<IDBDatabase>;
    /** Puts a value under a key into the object store `batches`. */
    readonly put: (name: string, key: IDBValidKey, value: unknown) => Promise<void>;
    /** The keys in the object store `batches`. */
    readonly keys: (name: string) => Promise<IDBValidKey[]>;
    /** Code and message of the error that a promise is rejected with; `undefined` if it is not. */
    readonly failure: (promise: Promise<unknown>) => Promise<string | undefined>;
  };
}

const answerOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(new Error(request.error?.message));
    };
  });

const raw = (name: string, version?: number): Promise<IDBDatabase> => answerOf(indexedDB.open(name, version));

async function inStore<T>(name: string, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await raw(name);
  try {
    return await answerOf(ask(db.transaction('batches', 'readwrite').objectStore('batches')));
  } finally {
    db.close();
  }
}

const recovered = (session: IndexedDbSession): Promise<RecoveredBatches[]> =>
  new Promise((resolve, reject) => {
    const emitted: RecoveredBatches[] = [];
    session.recover().subscribe({
      next: (found) => {
        emitted.push(found);
        resolve(emitted);
      },
      error: reject,
    });
  });

const sessionOf = (options: Partial<SessionOptions>): IndexedDbSession =>
  new IndexedDbSession('http', { name: 'events', durability: 'relaxed', maxBytes: 1_000, scheduler: backgroundScheduler, ...options });

globalThis.store = {
  open: (name, onClosed = () => undefined) => BatchDatabase.open(name, 'http', 'relaxed', onClosed),
  session: sessionOf,
  lateSession: () => {
    const scheduler = new VirtualTimeScheduler();
    const found = recovered(sessionOf({ scheduler }));
    scheduler.flush();
    return found;
  },
  recovered,
  removed: (name) => answerOf(indexedDB.deleteDatabase(name)),
  until: async (isMet) => {
    while (!isMet()) await new Promise((resolve) => setTimeout(resolve, 10));
  },
  raw,
  put: async (name, key, value) => {
    await inStore(name, (store) => store.put(value, key));
  },
  keys: (name) => inStore(name, (store) => store.getAllKeys()),
  failure: (promise) =>
    promise.then(
      () => undefined,
      (error: unknown) => `${String((error as { code?: unknown }).code)}: ${String((error as { message?: unknown }).message)}`,
    ),
};
