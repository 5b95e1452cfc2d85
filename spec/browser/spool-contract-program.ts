/** Runs the contract of stores for durable lanes in a page; specs read the results from `contractResults`. */
import { indexedDbSpool } from '../../lib/browser/index.js';
import { describeLaneStoreContract } from '../../lib/testing/index.js';
import type { LaneStore } from '../../lib/index.js';

declare global {
  /** For each test its name, and what it failed with. */
  var contractResults: Promise<(readonly [name: string, failure: string | undefined])[]>;
}

interface NamedStore extends LaneStore {
  readonly database: string;
}

let count = 0;
const create = (maxBytes?: number): NamedStore => {
  const database = `events ${String((count += 1))}`;
  return { ...indexedDbSpool({ name: database, maxBytes }), database };
};

const openDatabase = (name: string, version: number): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version);
    request.onsuccess = () => {
      resolve(request.result);
    };
    request.onerror = () => {
      reject(new Error(request.error?.message));
    };
  });

const tests: (readonly [name: string, run: () => unknown])[] = [];
describeLaneStoreContract<NamedStore>(
  'indexedDbSpool',
  {
    create,
    bounded: () => create(100_000),
    failing: async () => {
      const store = create();
      (await openDatabase(store.database, 2)).close();
      return store;
    },
    damage: async ({ database }) => {
      const db = await openDatabase(database, 1);
      await new Promise((resolve) => {
        const store = db.transaction('batches', 'readwrite').objectStore('batches');
        store.openCursor().onsuccess = ({ target }) => {
          (target as IDBRequest<IDBCursorWithValue | null>).result?.update({ events: [] });
        };
        store.transaction.oncomplete = resolve;
      });
      db.close();
    },
    teardown: ({ database }) => {
      indexedDB.deleteDatabase(database);
    },
    timeoutMs: 10_000,
  },
  {
    describe: (_name, body) => {
      body();
    },
    it: (name, run) => {
      tests.push([name, run]);
    },
  },
);

globalThis.contractResults = (async () => {
  const results: (readonly [string, string | undefined])[] = [];
  for (const [name, run] of tests) {
    try {
      await run();
      results.push([name, undefined]);
    } catch (error) {
      results.push([name, String(error)]);
    }
  }
  return results;
})();
