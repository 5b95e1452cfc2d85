import { checkKeys } from '../internal/check-keys.js';
import { aNumber, anInteger, checkArgument } from '../internal/check-option.js';
import { inTransaction, pragma } from './event-schema.js';
import type { SqliteDatabase } from './sqlite-database.js';

/** What a store keeps. The oldest events go first. */
export interface EventRetentionLimits {
  /** Milliseconds since an event's own `timestamp`. @default Infinity */
  readonly maxAgeMs?: number | undefined;
  /** Bytes of the database that are in use; what has been deleted makes room for what comes. @default Infinity */
  readonly maxBytes?: number | undefined;
}

/** Events that are deleted in one transaction, so that others get their turn. */
const AT_ONCE = 5_000;

export function checkRetention(limits: EventRetentionLimits): void {
  checkKeys(limits, { maxAgeMs: true, maxBytes: true }, 'retention');
  const { maxAgeMs = Infinity, maxBytes = Infinity } = limits;
  if (maxAgeMs !== Infinity) checkArgument('retention.maxAgeMs', maxAgeMs, aNumber(0));
  checkArgument('retention.maxBytes', maxBytes, anInteger(1, true));
}

/** Deletes once what is too old or too much, up to a bound; gives how many events that were. */
export function deleteSurplus(
  database: SqliteDatabase,
  { maxAgeMs = Infinity, maxBytes = Infinity }: EventRetentionLimits,
  now: number,
): number {
  let deleted = 0;
  if (maxAgeMs !== Infinity) deleted += deleteOldest(database, AT_ONCE, now - maxAgeMs);
  if (maxBytes !== Infinity) {
    const bytes = bytesInUse(database);
    if (bytes > maxBytes) {
      const [extent] = database.prepare('SELECT coalesce(max(seq) - min(seq) + 1, 0) AS events FROM events').all() as {
        events: number | bigint;
      }[];
      const surplus = Math.ceil(Number(extent?.events ?? 0) * (1 - maxBytes / bytes));
      deleted += deleteOldest(database, Math.min(AT_ONCE, Math.max(1, surplus)), Infinity);
    }
  }
  return deleted;
}

/** Pages that hold something. The log of what is not yet in the file doesn't count. */
export function bytesInUse(database: SqliteDatabase): number {
  const [pages, free, size] = ['page_count', 'freelist_count', 'page_size'].map((name) => Number(pragma(database, name)));
  return ((pages ?? 0) - (free ?? 0)) * (size ?? 0);
}

function deleteOldest(database: SqliteDatabase, count: number, before: number): number {
  const isAny = before === Infinity;
  const [found] = database.prepare(`SELECT 1 FROM events ${isAny ? '' : 'WHERE time < ?'} LIMIT 1`).all(...(isAny ? [] : [before]));
  // Looked at first, because a transaction for nothing would wait for those of others.
  if (found === undefined) return 0;
  const text = `DELETE FROM events WHERE seq IN (SELECT seq FROM events ${isAny ? '' : 'WHERE time < ?'} ORDER BY time, seq LIMIT ?)`;
  return inTransaction(database, () => Number(database.prepare(text).run(...(isAny ? [count] : [before, count])).changes));
}
