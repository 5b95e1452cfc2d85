import { SinkError } from '../errors/sink-error.js';
import type { SqliteDatabase } from './sqlite-database.js';

/** The `application_id` of a store: the letters RXEC. */
const APPLICATION_ID = 0x52584543;

/**
 * The steps that create the schema, one per version; `user_version` is the number of steps that a database has gone through. A released step
 * must not be changed: add another step.
 *
 * An event is stored completely, as the JSON that the other sinks write. The other columns are for queries. `seq` is the order of arrival, also among
 * events of the same millisecond. `received_at` is a time of the store's clock; `time` is the client's, which may be wrong.
 */
const STEPS: readonly string[] = [
  `CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    category TEXT NOT NULL,
    session TEXT,
    time REAL NOT NULL,
    weight REAL NOT NULL,
    event TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_by_time ON events (time);
  CREATE INDEX events_by_type ON events (type, time);
  CREATE INDEX events_by_category ON events (category, time);
  CREATE INDEX events_by_session ON events (session, time);`,

  // The arrival of existing rows is unknown. It is not later than now, and not before `time` unless the client's clock was wrong.
  `ALTER TABLE events ADD COLUMN received_at REAL NOT NULL DEFAULT 0;
  UPDATE events SET received_at = min(time, CAST(strftime('%s', 'now') AS REAL) * 1000);
  CREATE INDEX events_by_arrival ON events (received_at);`,
];

/**
 * Migrates a database to the newest schema: runs all missing steps, or none.
 *
 * @throws SinkError for a database of another application, or of a later version
 */
export function migrate(database: SqliteDatabase, steps: readonly string[] = STEPS): void {
  if (versionOf(database, steps.length) === steps.length) return;
  inTransaction(database, () => {
    // Read again inside the transaction: another process may have migrated the database.
    const version = versionOf(database, steps.length);
    for (const step of steps.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${String(steps.length)}; PRAGMA application_id = ${String(APPLICATION_ID)}`);
  });
}

/**
 * Checks that a database is a store or empty. Only reads.
 *
 * @throws SinkError like `migrate`
 */
export function checkOwner(database: SqliteDatabase): void {
  versionOf(database, STEPS.length);
}

/** Runs `work` in one transaction. It takes the write lock at its start, so that it can't fail later because another process writes. */
export function inTransaction<R>(database: SqliteDatabase, work: () => R): R {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    try {
      database.exec('ROLLBACK');
    } catch {
      // After an error such as a full disk, SQLite has rolled back already. The first error is thrown.
    }
    throw error;
  }
}

export function pragma(database: SqliteDatabase, name: string): unknown {
  const [row] = database.prepare(`PRAGMA ${name}`).all();
  return Object.values(row ?? {})[0];
}

function versionOf(database: SqliteDatabase, newest: number): number {
  const { version, owner, isEmpty } = headerOf(database);
  const isStore = owner === APPLICATION_ID && version > 0;
  if (!isStore && (owner !== 0 || version !== 0 || !isEmpty)) {
    throw new SinkError('write_failed', 'The database belongs to another application', { code: 'FOREIGN_DATABASE', retryable: false });
  }
  if (version > newest) {
    const message = `The store has schema version ${String(version)}; this version of the package supports ${String(newest)}`;
    throw new SinkError('write_failed', message, { code: 'SCHEMA_TOO_NEW', retryable: false });
  }
  return version;
}

/** Both values are read from one snapshot: another process may be creating the store. */
function headerOf(database: SqliteDatabase): { readonly version: number; readonly owner: number; readonly isEmpty: boolean } {
  database.exec('SAVEPOINT header');
  try {
    return {
      version: Number(pragma(database, 'user_version')),
      owner: Number(pragma(database, 'application_id')),
      isEmpty: database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').all().length === 0,
    };
  } finally {
    database.exec('RELEASE header');
  }
}
