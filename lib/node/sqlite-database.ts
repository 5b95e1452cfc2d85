import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { SinkError } from '../errors/sink-error.js';
import { isFunction, isObject, type Expectation } from '../internal/check-option.js';

/** What a store binds to a statement's parameters. */
export type SqliteValue = string | number | null;

export interface SqliteStatement {
  run(...values: SqliteValue[]): { readonly changes: number | bigint };
  all(...values: SqliteValue[]): unknown[];
}

/** As much of a connection as a store needs: a `DatabaseSync` of `node:sqlite` is one, and so is a `Database` of `better-sqlite3`. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): SqliteStatement;
  close(): unknown;
}

export const aDatabase: Expectation = {
  expected: 'a connection of node:sqlite or better-sqlite3',
  accepts: (value) => isObject(value) && [value.exec, value.prepare].every(isFunction),
};

type OpenDatabase = new (path: string) => SqliteDatabase;

/** Opens a file, which is made with its folders, by the driver that the runtime has, or else by the one that is installed. */
export function openDatabase(path: string): SqliteDatabase {
  const Database = ownDriver() ?? installedDriver();
  mkdirSync(dirname(path), { recursive: true });
  return new Database(path);
}

/** From Node 22.13 on, without a flag. */
function ownDriver(): OpenDatabase | undefined {
  const module = process.getBuiltinModule('node:sqlite') as { readonly DatabaseSync: OpenDatabase } | undefined;
  return module?.DatabaseSync;
}

/** Loaded when it is needed, and not by `import`, which would have to be waited for. */
function installedDriver(): OpenDatabase {
  try {
    return createRequire(import.meta.url)('better-sqlite3') as OpenDatabase;
  } catch (cause) {
    const message = 'This version of Node has no node:sqlite: install better-sqlite3, or hand in a `database`';
    throw new SinkError('unavailable', message, { code: 'SQLITE_MISSING', retryable: false, cause });
  }
}
