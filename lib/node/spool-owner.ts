import { randomUUID } from 'node:crypto';
import { hasEnded, ownIdentity } from './process-identity.js';
import type { SqliteDatabase } from './sqlite-database.js';

/** After this time without a renewal, a process on another host may take over the batches: it can't check whether the owner is alive. */
const ABANDONED_MS = 60_000;

/** A row of `spool_owners`. */
export interface OwnerRow {
  readonly token: string;
  readonly format: number;
  readonly pid: number;
  readonly host: string;
  readonly boot: string | null;
  readonly process_table: string | null;
  readonly started: string | null;
  readonly renewed_at: number;
}

/** The registration of a collector's sink as an owner of batches, visible to other processes. */
export class SpoolOwner {
  readonly token = randomUUID();
  readonly #sink: string;
  readonly #now: () => number;

  constructor(sink: string, now: () => number) {
    this.#sink = sink;
    this.#now = now;
  }

  /** Registers this owner, or renews its lease. Returns the other owners. */
  enter(database: SqliteDatabase, format: number): OwnerRow[] {
    const { pid, host, boot = null, table = null, startedAt = null } = ownIdentity();
    database
      .prepare(
        `INSERT OR REPLACE INTO spool_owners (token, format, sink, pid, host, boot, process_table, started, renewed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(this.token, format, this.#sink, pid, host, boot, table, startedAt, this.#now());
    // Cast, because a connection may be configured to return integers as BigInts.
    return database
      .prepare(
        `SELECT token, CAST(format AS REAL) AS format, CAST(pid AS REAL) AS pid, host, boot, process_table, started, renewed_at
         FROM spool_owners WHERE sink = ? AND token <> ?`,
      )
      .all(this.#sink, this.token) as OwnerRow[];
  }

  leave(database: SqliteDatabase): void {
    this.remove(database, this.token);
  }

  remove(database: SqliteDatabase, token: string): void {
    database.prepare('DELETE FROM spool_owners WHERE token = ?').run(token);
  }

  /** Whether an owner has ended. An owner on another host counts as ended when it does not renew its lease. */
  isGone({ pid, host, boot, process_table: table, started, renewed_at: renewedAt }: OwnerRow): boolean {
    const identity = { pid, host, boot: boot ?? undefined, table: table ?? undefined, startedAt: started ?? undefined };
    return hasEnded(identity) ?? this.#now() - renewedAt > ABANDONED_MS;
  }
}
