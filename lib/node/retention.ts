import { aNumber, anInteger, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { inTransaction, pragma } from './event-schema.js';
import type { SqliteDatabase } from './sqlite-database.js';

/** The limits of a store. Events are deleted in the order of their arrival, because their `timestamp` may be wrong. */
export interface EventRetentionLimits {
  /** Maximum time in milliseconds since an event arrived in the store. @default Infinity */
  readonly maxAgeMs?: number | undefined;
  /** Maximum bytes of the database in use; space of deleted events is reused. The write-ahead log is not included. @default Infinity */
  readonly maxBytes?: number | undefined;
}

const anAge: Expectation = {
  expected: 'a number of milliseconds ≥ 0 or Infinity',
  accepts: (value) => value === Infinity || aNumber(0).accepts(value),
};

export const RETENTION = optionsOf<EventRetentionLimits>(() => ({ maxAgeMs: [anAge, Infinity], maxBytes: [anInteger(1, true), Infinity] }));

/** Maximum number of events that are deleted in one transaction, so that other connections can write in between. */
const CHUNK = 5_000;

/** Deletes up to a bounded number of events beyond the limits. Returns the number. */
export function deleteSurplus(database: SqliteDatabase, { maxAgeMs, maxBytes }: ReturnType<typeof RETENTION.parse>, now: number): number {
  let deleted = 0;
  if (maxAgeMs !== Infinity) deleted += deleteOldest(database, CHUNK, now - maxAgeMs);
  if (maxBytes !== Infinity) {
    const bytes = bytesInUse(database);
    if (bytes > maxBytes) {
      const [extent] = database.prepare('SELECT coalesce(max(seq) - min(seq) + 1, 0) AS events FROM events').all() as {
        events: number | bigint;
      }[];
      const surplus = Math.ceil(Number(extent?.events ?? 0) * (1 - maxBytes / bytes));
      deleted += deleteOldest(database, Math.min(CHUNK, Math.max(1, surplus)), Infinity);
    }
  }
  return deleted;
}

/** Size of the pages in use, without the write-ahead log. */
export function bytesInUse(database: SqliteDatabase): number {
  const [pages, free, size] = ['page_count', 'freelist_count', 'page_size'].map((name) => Number(pragma(database, name)));
  return ((pages ?? 0) - (free ?? 0)) * (size ?? 0);
}

function deleteOldest(database: SqliteDatabase, count: number, before: number): number {
  const isAny = before === Infinity;
  const where = isAny ? '' : 'WHERE received_at < ?';
  const values = isAny ? [] : [before];
  // Checked outside the transaction, which would wait for other writers even if there is nothing to delete.
  if (database.prepare(`SELECT 1 FROM events ${where} LIMIT 1`).all(...values).length === 0) return 0;
  const text = `DELETE FROM events WHERE seq IN (SELECT seq FROM events ${where} ORDER BY seq LIMIT ?)`;
  return inTransaction(database, () => Number(database.prepare(text).run(...values, count).changes));
}
