import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { SinkError } from '../errors/sink-error.js';
import { checkOwner, migrate, pragma } from './event-schema.js';
import { openDatabase, setBusyTimeout, type SqliteDatabase } from './sqlite-database.js';

/** SQLite checkpoints at 4 MB; a log larger than this is, or was, in use by a reader. */
const LOG_LIMIT_BYTES = 8_388_608;

/** Opens a store's file: creates it with its folders, or migrates it to the newest schema. A file of another application is left unchanged. */
export function openStoreFile(path: string, fsync: 'never' | 'batch', busyTimeoutMs: number): SqliteDatabase {
  if (path !== ':memory:') {
    mkdirSync(dirname(path), { recursive: true });
    // Check with a read-only connection: a normal one may change the file, for instance by recovering it.
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() === true && found.size > 0) using(openDatabase(path, { isReadOnly: true }), checkOwner);
  }
  const database = openDatabase(path);
  try {
    checkOwner(database);
    useLog(database, fsync === 'batch');
    database.exec(`PRAGMA journal_size_limit = ${String(LOG_LIMIT_BYTES)}`);
    migrate(database);
    setBusyTimeout(database, busyTimeoutMs);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Switches a database to WAL mode, in which commits survive the death of the process. With `isSynced`, each commit is also synced to disk. */
export function useLog(database: SqliteDatabase, isSynced: boolean): void {
  if (pragma(database, 'journal_mode') !== 'wal') database.exec('PRAGMA journal_mode = WAL');
  database.exec(`PRAGMA synchronous = ${isSynced ? 'FULL' : 'NORMAL'}`);
}

/** The file behind a connection, which other programs may delete or replace, and its write-ahead log. */
export class StoreFile {
  readonly #database: SqliteDatabase;
  /** The path; empty for a database in memory. */
  readonly #path: string;
  readonly #identity: string | undefined;
  /** The identity of the log, once there is one. */
  #logIdentity: string | undefined;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    const databases = database.prepare('PRAGMA database_list').all() as { readonly name: string; readonly file: string | null }[];
    this.#path = databases.find(({ name }) => name === 'main')?.file ?? '';
    this.#identity = identityOf(this.#path);
  }

  /**
   * @throws SinkError if the file or its log is missing, empty or replaced: data that is written then would be lost when the file is
   *   closed, or when the process dies
   */
  checkPresence(): void {
    if (this.#identity === undefined || (identityOf(this.#path) === this.#identity && sizeOf(this.#path) > 0 && this.#hasItsLog())) return;
    const message = 'The database file, or its log, was deleted, emptied or replaced; open the store again';
    throw new SinkError('write_failed', message, { code: 'DATABASE_GONE', retryable: false });
  }

  /** Whether the log is still the same: while a connection is open, SQLite neither deletes nor replaces it. */
  #hasItsLog(): boolean {
    const before = this.#logIdentity;
    this.#logIdentity = identityOf(`${this.#path}-wal`);
    // The owner of the connection may have changed the mode.
    if (before === undefined || before === this.#logIdentity || pragma(this.#database, 'journal_mode') !== 'wal') return true;
    this.#logIdentity = before;
    return false;
  }

  /** Size of the write-ahead log. */
  get logBytes(): number {
    return this.#path === '' ? 0 : sizeOf(`${this.#path}-wal`);
  }

  /** Writes a large log back to the database, unless readers still use it. */
  limitLog(): void {
    if (this.logBytes > LOG_LIMIT_BYTES) this.checkpoint();
  }

  /** Makes the log durable, and writes it back to the database. Doesn't wait for readers, which may prevent a part of it. */
  checkpoint(): void {
    const busyTimeoutMs = Number(pragma(this.#database, 'busy_timeout'));
    setBusyTimeout(this.#database, 0);
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      setBusyTimeout(this.#database, busyTimeoutMs);
    }
  }
}

function using(database: SqliteDatabase, work: (database: SqliteDatabase) => void): void {
  try {
    work(database);
  } finally {
    database.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function identityOf(path: string): string | undefined {
  const stat = path === '' ? undefined : statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat && `${String(stat.dev)}:${String(stat.ino)}`;
}
