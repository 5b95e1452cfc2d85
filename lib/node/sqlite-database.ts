import { createRequire } from 'node:module';
import { SinkError } from '../errors/sink-error.js';
import { isFunction, isObject, type Expectation } from '../internal/check-option.js';

/** What a store binds to a statement's parameters. */
export type SqliteValue = string | number | null;

export interface SqliteStatement {
  run(...values: SqliteValue[]): { readonly changes: number | bigint };
  all(...values: SqliteValue[]): unknown[];
}

/** The part of a connection that a store needs: `DatabaseSync` of `node:sqlite` and `Database` of `better-sqlite3` have it. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
}

export const aDatabase: Expectation = {
  expected: 'a connection of node:sqlite or better-sqlite3',
  accepts: (value) => isObject(value) && [value.exec, value.prepare].every(isFunction),
};

type OpenDatabase = new (path: string, options: object) => SqliteDatabase;

/** Opens a file with the runtime's own driver, or else with the installed one. */
export function openDatabase(path: string, { isReadOnly = false }: { readonly isReadOnly?: boolean } = {}): SqliteDatabase {
  const Own = ownDriver();
  if (Own !== undefined) return new Own(path, { readOnly: isReadOnly });
  const Installed = installedDriver();
  return new Installed(path, { readonly: isReadOnly });
}

/** From Node 22.13 on, without a flag. */
function ownDriver(): OpenDatabase | undefined {
  const module = process.getBuiltinModule('node:sqlite') as { readonly DatabaseSync: OpenDatabase } | undefined;
  return module?.DatabaseSync;
}

/** Loaded when it is needed, and by `require`: `import` would make opening a store asynchronous. */
function installedDriver(): OpenDatabase {
  try {
    return createRequire(import.meta.url)('better-sqlite3') as OpenDatabase;
  } catch (cause) {
    const message = 'This version of Node has no node:sqlite: install better-sqlite3, or pass a `database`';
    throw new SinkError('unavailable', message, { code: 'SQLITE_MISSING', retryable: false, cause });
  }
}
