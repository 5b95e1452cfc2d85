import { SinkError } from '../errors/sink-error.js';
import { isFunction, isObject, type Expectation } from '../internal/check-option.js';

/** A value that a store binds to a statement's parameter. */
export type SqliteValue = string | number | null;

export interface SqliteStatement {
  run(...values: SqliteValue[]): { readonly changes: number | bigint };
  all(...values: SqliteValue[]): unknown[];
}

/**
 * The part of a connection that a store needs: `DatabaseSync` of `node:sqlite` and of `@photostructure/sqlite`, and `Database` of
 * `better-sqlite3` have it.
 */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
}

/** The first has the interface of node:sqlite and includes its binaries; the other is compiled or downloaded during its installation. */
const INSTALLED = ['@photostructure/sqlite', 'better-sqlite3'] as const;

/** Even reading needs a lock that another process may hold while it opens or closes the file. */
const OPENING_TIMEOUT_MS = 5_000;

export const aDatabase: Expectation = {
  expected: 'a connection of node:sqlite, @photostructure/sqlite or better-sqlite3',
  accepts: (value) => isObject(value) && [value.exec, value.prepare].every(isFunction),
};

type OpenDatabase = new (path: string, options?: object) => SqliteDatabase;

/** Opens a file with the runtime's own driver, otherwise with an installed one. Statements wait for other connections for up to 5 seconds. */
export function openDatabase(path: string, { isReadOnly = false }: { readonly isReadOnly?: boolean } = {}): SqliteDatabase {
  const Database = driver();
  // Both spellings of the option: the drivers differ.
  const database = new Database(path, { readOnly: isReadOnly, readonly: isReadOnly });
  setBusyTimeout(database, OPENING_TIMEOUT_MS);
  return database;
}

export function setBusyTimeout(database: SqliteDatabase, busyTimeoutMs: number): void {
  database.exec(`PRAGMA busy_timeout = ${String(busyTimeoutMs)}`);
}

function driver(): OpenDatabase {
  // From Node 22.13 on, without a flag.
  const own = process.getBuiltinModule('node:sqlite') as { readonly DatabaseSync: OpenDatabase } | undefined;
  return own?.DatabaseSync ?? installedDriver();
}

/** Loads an installed driver on first use, by `require`: `import` would make opening a store asynchronous. */
function installedDriver(): OpenDatabase {
  // `getBuiltinModule`, because webpack analyses an imported `createRequire`, and warns about packages that are not installed.
  const load = process.getBuiltinModule('node:module').createRequire(import.meta.url);
  const causes: unknown[] = [];
  for (const name of INSTALLED) {
    try {
      const module = load(name) as OpenDatabase | { readonly DatabaseSync: OpenDatabase };
      const Database = typeof module === 'function' ? module : module.DatabaseSync;
      // Test the driver: better-sqlite3 loads its native addon here, which may be missing or built for another version of Node.
      new Database(':memory:').close();
      return Database;
    } catch (cause) {
      causes.push(cause);
    }
  }
  const message = `This version of Node has no node:sqlite: install ${INSTALLED.join(' or ')}, or pass a \`database\``;
  throw new SinkError('unavailable', message, { code: 'SQLITE_MISSING', retryable: false, cause: new AggregateError(causes) });
}
