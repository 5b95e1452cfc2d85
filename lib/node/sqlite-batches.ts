import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { catchError, defer, Observable, of, type Subscriber, type Subscription, type SchedulerLike } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import { tryGet } from '../internal/try-get.js';
import type { LaneStoreSession, RecoveredBatches, StoreChange, StoredBatch } from '../lane/lane-spool.js';
import { inTransaction } from './event-schema.js';
import { openDatabase, setBusyTimeout, type SqliteDatabase, type SqliteStatement } from './sqlite-database.js';
import { sqliteError } from './sqlite-error.js';
import { SpoolOwner, type OwnerRow } from './spool-owner.js';
import { StoreFile, useLog } from './store-file.js';

export interface SqliteBatchesOptions {
  /** The path of a file, or a connection. */
  readonly place: string | SqliteDatabase;
  readonly sink: string;
  /** Whether a change is durable only after `fsync`. */
  readonly isSynced: boolean;
  readonly busyTimeoutMs: number;
  readonly scheduler: SchedulerLike;
}

/** The format of the tables. Databases with another format are refused. */
const FORMAT = 1;
/** How often the own lease is renewed, and the leases of others are checked. */
const LEASE_MS = 15_000;

/** A batch belongs to the owner that will deliver it. An owner without a row has ended. */
const SCHEMA = `CREATE TABLE IF NOT EXISTS spool_batches (
    sink TEXT NOT NULL,
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    position REAL NOT NULL,
    batch TEXT NOT NULL,
    PRIMARY KEY (sink, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS spool_batches_by_owner ON spool_batches (sink, owner, position);
  CREATE TABLE IF NOT EXISTS spool_owners (
    token TEXT PRIMARY KEY,
    format INTEGER NOT NULL,
    sink TEXT NOT NULL,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    boot TEXT,
    process_table TEXT,
    started TEXT,
    renewed_at REAL NOT NULL
  ) STRICT;`;

/**
 * The batches of one sink in a database. Each is a row that names its owner, the process that will deliver it.
 *
 * ```
 * spool_batches  sink  id  owner  position  batch (JSON)
 * spool_owners   token  identity of the process  renewed_at
 * ```
 *
 * When it opens, it takes over the batches of owners that have ended. While it has batches, or there are other owners, a timer renews its lease and
 * checks for ended owners.
 */
export class SqliteBatches implements LaneStoreSession {
  readonly #options: SqliteBatchesOptions;
  readonly #owner: SpoolOwner;
  #database: SqliteDatabase | undefined;
  #file: StoreFile | undefined;
  #statements: Record<'put' | 'remove', SqliteStatement> | undefined;
  /** Ids of batches whose removal failed, because the database was busy or full. It is repeated, so that the next run doesn't send them again. */
  readonly #unremoved = new Set<string>();
  #subscriber: Subscriber<RecoveredBatches> | undefined;
  #timer: Subscription | undefined;

  constructor(options: SqliteBatchesOptions) {
    this.#options = options;
    this.#owner = new SpoolOwner(options.sink, () => options.scheduler.now());
  }

  recover(): Observable<RecoveredBatches> {
    return new Observable((subscriber) => {
      // Not while the collector is being constructed: there can't be a subscriber to its diagnostics yet.
      queueMicrotask(() => {
        try {
          const recovered = this.#open();
          this.#subscriber = subscriber;
          subscriber.next(recovered);
        } catch (error) {
          this.#timer?.unsubscribe();
          if (this.#database !== undefined) tryGet(() => this.#release());
          subscriber.error(sqliteError(error, 'unavailable'));
        }
      });
    });
  }

  write({ put, remove }: StoreChange): undefined {
    const all = [...this.#unremoved, ...remove];
    try {
      this.#checkPresence();
      this.#change(put, all);
    } catch (error) {
      for (const id of remove) this.#unremoved.add(id);
      if (put.length > 0 && all.length > 0) tryGet(() => this.#change([], all));
      throw sqliteError(error, 'unavailable');
    }
    this.#watch();
  }

  read(id: string): Observable<string | undefined> {
    return defer(() => {
      const [row] = (this.#database?.prepare('SELECT batch FROM spool_batches WHERE sink = ? AND id = ?').all(this.#options.sink, id) ??
        []) as {
        readonly batch: string;
      }[];
      return of(row?.batch);
    }).pipe(
      catchError((error: unknown) => {
        throw sqliteError(error, 'unavailable');
      }),
    );
  }

  /** Leaves the batches to the next owner. */
  close(): undefined {
    this.#timer?.unsubscribe();
    if (this.#database === undefined) return;
    try {
      if (this.#unremoved.size > 0) this.#change([], [...this.#unremoved]);
      this.#owner.leave(this.#database);
    } catch (error) {
      throw sqliteError(error, 'unavailable');
    } finally {
      this.#release();
    }
  }

  #open(): RecoveredBatches {
    const { place, isSynced, busyTimeoutMs } = this.#options;
    const isFile = typeof place === 'string';
    if (isFile) mkdirSync(dirname(place), { recursive: true });
    const database = (this.#database = isFile ? openDatabase(place) : place);
    if (isFile) useLog(database, isSynced);
    database.exec(SCHEMA);
    this.#file = isFile ? new StoreFile(database) : undefined;
    this.#statements = {
      put: database.prepare('INSERT OR REPLACE INTO spool_batches (sink, id, owner, position, batch) VALUES (?, ?, ?, ?, ?)'),
      remove: database.prepare('DELETE FROM spool_batches WHERE sink = ? AND id = ?'),
    };
    const recovered = inTransaction(database, () => {
      const others = this.#owner.enter(database, FORMAT);
      if (others.some(({ format }) => format !== FORMAT)) {
        throw new SinkError('rejected', 'The database is used by another version of the package', { code: 'SPOOL_FORMAT' });
      }
      const batches = this.#takeOver(database, others);
      this.#watch(others.length > 0 || batches.length > 0);
      return { batches };
    });
    if (isFile) setBusyTimeout(database, busyTimeoutMs);
    return recovered;
  }

  /** If the file was deleted, nothing is stored until the timer has opened another one. */
  #checkPresence(): void {
    if (this.#database === undefined) {
      throw new SinkError('unavailable', 'The database file was deleted or replaced', { code: 'DATABASE_GONE' });
    }
    try {
      this.#file?.checkPresence();
    } catch (error) {
      tryGet(() => this.#release());
      this.#watch();
      throw error;
    }
  }

  #change(put: readonly StoredBatch[], remove: readonly string[]): void {
    const { sink } = this.#options;
    const database = this.#database;
    const statements = this.#statements;
    if (database === undefined || statements === undefined) return;
    const work = (): void => {
      inTransaction(database, () => {
        // Without a timer, the lease is not renewed: another process may have removed this owner.
        if (put.length > 0 && !this.#isWatching) this.#owner.enter(database, FORMAT);
        for (const id of remove) statements.remove.run(sink, id);
        for (const { id, position, json } of put) statements.put.run(sink, id, this.#owner.token, position, json);
      });
    };
    if (put.length > 0 || !this.#isSyncing) work();
    else this.#withoutSync(database, work);
    for (const id of remove) this.#unremoved.delete(id);
  }

  /** Whether this class has configured the connection to sync each commit. */
  get #isSyncing(): boolean {
    const { place, isSynced } = this.#options;
    return isSynced && typeof place === 'string';
  }

  /** Runs a removal without sync: if a power failure undoes it, the batch is sent a second time, which can happen to a batch in flight anyway. */
  #withoutSync(database: SqliteDatabase, work: () => void): void {
    database.exec('PRAGMA synchronous = NORMAL');
    try {
      work();
    } finally {
      database.exec('PRAGMA synchronous = FULL');
    }
  }

  /** Takes over the batches of ended owners, positioned after this owner's batches. */
  #takeOver(database: SqliteDatabase, others: readonly OwnerRow[]): StoredBatch[] {
    const { sink } = this.#options;
    const { token } = this.#owner;
    for (const other of others) if (this.#owner.isGone(other)) this.#owner.remove(database, other.token);
    const rows = database
      .prepare(
        `SELECT id, batch FROM spool_batches
         WHERE sink = ? AND owner NOT IN (SELECT token FROM spool_owners) ORDER BY position, rowid`,
      )
      .all(sink) as { readonly id: string; readonly batch: string }[];
    if (rows.length === 0) return [];
    const [last] = database
      .prepare('SELECT coalesce(max(position), -1.0) AS position FROM spool_batches WHERE sink = ? AND owner = ?')
      .all(sink, token) as { readonly position: number }[];
    let position = Math.floor(last?.position ?? -1);
    const own = database.prepare('UPDATE spool_batches SET owner = ?, position = ? WHERE sink = ? AND id = ?');
    return rows.map(({ id, batch }) => {
      // New positions, since several owners may have used the same ones.
      position += 1;
      own.run(token, position, sink, id);
      return { id, position, json: batch };
    });
  }

  get #isWatching(): boolean {
    return this.#timer?.closed === false;
  }

  /** Sets the timer, unless it is set already. */
  #watch(isNeeded = true): void {
    if (!isNeeded || this.#isWatching) return;
    this.#timer = this.#options.scheduler.schedule(() => {
      this.#timer?.unsubscribe();
      try {
        if (this.#database === undefined) this.#reopen();
        else this.#check(this.#database);
      } catch {
        // The database is busy: try again at the next timer.
        this.#watch();
      }
    }, LEASE_MS);
  }

  #reopen(): void {
    try {
      const recovered = this.#open();
      // The batches to remove were in the deleted file.
      this.#unremoved.clear();
      this.#subscriber?.next({ ...recovered, isLost: true });
    } catch (error) {
      tryGet(() => this.#release());
      throw error;
    }
  }

  #check(database: SqliteDatabase): void {
    const [batches, hasOthers] = inTransaction(database, () => {
      const others = this.#owner.enter(database, FORMAT);
      return [this.#takeOver(database, others), others.length > 0];
    });
    const isHolding = database.prepare('SELECT 1 FROM spool_batches WHERE sink = ? AND owner = ? LIMIT 1');
    this.#watch(hasOthers || isHolding.all(this.#options.sink, this.#owner.token).length > 0);
    if (batches.length > 0) this.#subscriber?.next({ batches });
  }

  #release(): void {
    const database = this.#database;
    this.#database = undefined;
    if (typeof this.#options.place === 'string') database?.close();
  }
}
