import { SinkError } from '../errors/sink-error.js';
import type { SqliteDatabase } from './sqlite-database.js';

/** `application_id` of a store: the letters RXEC. */
const APPLICATION_ID = 0x52584543;

/**
 * What has become of the schema, a step a version; `user_version` counts those that a file has gone through. A step that has been released
 * is never changed: what is to be different is another step.
 *
 * An event is kept whole, as the JSON that every other sink writes; the columns beside it are what it is found by. `seq` is the order of
 * arrival, which decides among events of the same millisecond.
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
];

/**
 * Brings a database to the newest schema: all steps that it lacks, or none.
 *
 * @throws SinkError for a database of someone else's, or of a later version
 */
export function migrate(database: SqliteDatabase, steps: readonly string[] = STEPS): void {
  if (versionOf(database, steps.length) === steps.length) return;
  inTransaction(database, () => {
    // Another process may have been faster.
    const version = versionOf(database, steps.length);
    for (const step of steps.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${String(steps.length)}; PRAGMA application_id = ${String(APPLICATION_ID)}`);
  });
}

/** Runs `work` as one transaction, which holds the lock for writing from its start: it can't be refused half-way because someone else writes. */
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
      // A full disk has rolled back by itself, and the first error is the one that tells.
    }
    throw error;
  }
}

export function pragma(database: SqliteDatabase, name: string): unknown {
  const [row] = database.prepare(`PRAGMA ${name}`).all();
  return Object.values(row ?? {})[0];
}

function versionOf(database: SqliteDatabase, newest: number): number {
  const version = Number(pragma(database, 'user_version'));
  const owner = Number(pragma(database, 'application_id'));
  if (owner !== APPLICATION_ID && (owner !== 0 || version !== 0)) {
    throw new SinkError('write_failed', 'The database belongs to another application', { code: 'FOREIGN_DATABASE', retryable: false });
  }
  if (version > newest) {
    const message = `The store has schema version ${String(version)}, and this version of the package knows ${String(newest)}`;
    throw new SinkError('write_failed', message, { code: 'SCHEMA_TOO_NEW', retryable: false });
  }
  return version;
}
