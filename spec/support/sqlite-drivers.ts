import { createRequire } from 'node:module';
import type { SqliteDatabase, SqliteStatement } from '../../lib/node/index.js';

interface SqliteDriver {
  readonly name: string;
  /** `undefined` if this runtime has none, or one that was built for another. */
  readonly open: ((path: string) => SqliteDatabase) | undefined;
}

type Constructor = new (path: string) => SqliteDatabase;

/** The drivers that a store can use, installed or not. */
const SQLITE_DRIVERS: readonly SqliteDriver[] = [
  driver(
    'node:sqlite',
    () => (process.getBuiltinModule('node:sqlite') as { readonly DatabaseSync: Constructor } | undefined)?.DatabaseSync,
  ),
  driver('@photostructure/sqlite', () => {
    const { DatabaseSync } = createRequire(import.meta.url)('@photostructure/sqlite') as { readonly DatabaseSync: Constructor };
    return DatabaseSync;
  }),
  driver('better-sqlite3', () => createRequire(import.meta.url)('better-sqlite3') as Constructor),
];

/** The driver that a store would choose. Without one, the suite or test that calls this is skipped. */
export function anySqlite(context: Mocha.Context): (path: string) => SqliteDatabase {
  return SQLITE_DRIVERS.find(({ open }) => open !== undefined)?.open ?? context.skip();
}

/** Declares a suite for each driver; for a missing one, a single test that is skipped. */
export function describeWithSqlite(title: string, body: (open: (path: string) => SqliteDatabase) => void): void {
  for (const { name, open } of SQLITE_DRIVERS) {
    describe(`${title} with ${name}`, () => {
      if (open !== undefined) body(open);
      else
        it(`needs ${name}`, function () {
          this.skip();
        });
    });
  }
}

/** The same connection, set to read whole numbers as BigInts: each driver has its own method for it. */
export function readingBigInts(database: SqliteDatabase): SqliteDatabase {
  return {
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
    prepare(sql) {
      const statement = database.prepare(sql) as SqliteStatement & Partial<Record<'safeIntegers' | 'setReadBigInts', (isOn: true) => void>>;
      statement.safeIntegers?.(true);
      statement.setReadBigInts?.(true);
      return statement;
    },
  };
}

function driver(name: string, load: () => Constructor | undefined): SqliteDriver {
  try {
    const Database = load();
    // better-sqlite3 loads its native part at the first connection.
    if (Database !== undefined) new Database(':memory:').close();
    return { name, open: Database && ((path) => new Database(path)) };
  } catch {
    return { name, open: undefined };
  }
}
