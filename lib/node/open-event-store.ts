import { fileURLToPath } from 'node:url';
import { asyncScheduler, defer, from, type Observable, type SchedulerLike } from 'rxjs';
import { SinkError, type SinkErrorKind } from '../errors/sink-error.js';
import type { AnalyticsEvent, EventCategory } from '../event/event.js';
import { checkKeys } from '../internal/check-keys.js';
import { anInteger, aScheduler, checkArgument, oneOf } from '../internal/check-option.js';
import { aPath } from './a-path.js';
import { EventInserts } from './event-inserts.js';
import { EventQueries } from './event-queries.js';
import type { EventFilter, EventPageOptions, EventScanOptions } from './event-query.js';
import { migrate, pragma } from './event-schema.js';
import type { EventStore } from './event-store.js';
import { paged } from './paged.js';
import { bytesInUse, checkRetention, deleteSurplus, type EventRetentionLimits } from './retention.js';
import { aDatabase, openDatabase, type SqliteDatabase } from './sqlite-database.js';
import { sqliteError } from './sqlite-error.js';

export interface EventStoreOptions {
  /** The oldest events are deleted, some with each batch, where there is more. @default keeps everything */
  readonly retention?: EventRetentionLimits | undefined;
  /**
   * Whether a batch waits for the disk. With `'never'` it survives the process's death at any moment, but the last ones may not survive
   * the machine's; `flush` makes them durable. @default 'never'
   */
  readonly fsync?: 'never' | 'batch' | undefined;
  /** How long to wait, and block the thread, while another process writes; then the attempt fails as `unavailable`. @default 100 */
  readonly busyTimeoutMs?: number | undefined;
  /** The clock of `retention`. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** Where a store is: in a file, which it opens and closes, or in a database that somebody else does, and whose settings are theirs. */
export type EventStorePlace =
  | {
      /** Made if it is missing, with its folders; `':memory:'` for none. */
      readonly path: string | URL;
      readonly database?: undefined;
    }
  | { readonly database: SqliteDatabase; readonly path?: undefined };

/** There, nobody can be waiting for us yet. */
const OPENING_TIMEOUT_MS = 5_000;

/**
 * Opens an event store, which is made or brought up to date where it has to be.
 *
 * With `path`, the driver is Node's own `node:sqlite` where there is one (from 22.13), else `better-sqlite3`, which is to be installed. The file
 * is in WAL mode: any number of processes read while one writes; it takes no network drives. With `database`, a connection of either
 * driver is used as it is, and left open by `close`.
 *
 * @throws TypeError for an option of the wrong kind, or one that there is not; SinkError for a database that can't be opened, is damaged, or is no event store
 * @example
 * const store = openEventStore({ path: ':memory:' });
 * const collector = new EventCollector({ sinks: [sqliteSink(store)] });
 * collector.collectBatch([{ type: 'search' }, { type: 'purchase' }, { type: 'search' }]);
 * await collector.shutdown();
 *
 * expect(store.countBy('type')).to.deep.equal([{ key: 'search', count: 2, weight: 2 }, { key: 'purchase', count: 1, weight: 1 }]);
 * expect(store.byType('search').map(({ timestamp }) => timestamp)).to.have.length(2);
 * store.close();
 */
export function openEventStore<E extends AnalyticsEvent = AnalyticsEvent>(options: EventStorePlace & EventStoreOptions): EventStore<E> {
  checkKeys(options, { path: true, database: true, retention: true, fsync: true, busyTimeoutMs: true, scheduler: true });
  const { path, retention = {}, fsync = 'never', busyTimeoutMs = 100, scheduler = asyncScheduler } = options;
  if (options.database === undefined) checkArgument('path', path, aPath);
  else checkArgument('database', options.database, aDatabase);
  checkRetention(retention);
  checkArgument('fsync', fsync, oneOf(['never', 'batch']));
  checkArgument('busyTimeoutMs', busyTimeoutMs, anInteger(0));
  checkArgument('scheduler', scheduler, aScheduler);

  let isClosed = false;
  /** Does something with the database, or says in the library's own terms why it can't be done. */
  const attempt = <R>(work: () => R, kind?: SinkErrorKind): R => {
    if (isClosed) throw new SinkError('write_failed', 'The event store is closed', { code: 'STORE_CLOSED', retryable: false });
    try {
      return work();
    } catch (error) {
      throw sqliteError(error, kind);
    }
  };
  const database = attempt(() => options.database ?? openFile(options.path, fsync, busyTimeoutMs));
  const inserts = attempt(() => {
    if (options.database !== undefined) migrate(database);
    return new EventInserts<E>(database);
  });
  const queries = new EventQueries<E>(database, attempt);
  let duplicates = 0;

  const page = (filter: EventFilter, options: EventPageOptions = {}): E[] => queries.page(filter, options);
  const scan = (filter: EventFilter, options: EventScanOptions = {}): Observable<never> =>
    paged((each) => page(filter, each), options) as Observable<never>;
  const countBy = ((by, options = {}) => queries.countBy(by, options)) as EventStore<E>['countBy'];
  const percentiles = ((shares, options = {}) => queries.percentiles(shares, options)) as EventStore<E>['percentiles'];

  return {
    append(events) {
      const result = attempt(() => inserts.append(events));
      duplicates += result.duplicates;
      try {
        deleteSurplus(database, retention, scheduler.now());
      } catch {
        // What was stored stays so, even where nothing can be deleted now; the next batch tries again.
      }
      return result;
    },
    byTime: (options) => page({}, options),
    byType: (type, options) => page({ type }, options),
    byCategory: (category, options) => page({ category }, options),
    bySession: (sessionId, options) => page({ sessionId }, options),
    byTime$: (options?: EventScanOptions) => scan({}, options),
    byType$: (type: string, options?: EventScanOptions) => scan({ type }, options),
    byCategory$: (category: EventCategory, options?: EventScanOptions) => scan({ category }, options),
    bySession$: (sessionId: string, options?: EventScanOptions) => scan({ sessionId }, options),
    countBy,
    countBy$: (by, options) => defer(() => from(countBy(by, options))),
    percentiles,
    percentiles$: (shares, options) => defer(() => from(percentiles(shares, options))),
    stats() {
      const { events, weight, oldest, newest } = queries.extent();
      const bytes = attempt(() => bytesInUse(database));
      return { events, weight, oldest, newest, bytes, duplicates };
    },
    retain(limits) {
      checkRetention(limits);
      let total = 0;
      let deleted: number;
      do {
        deleted = attempt(() => deleteSurplus(database, limits, scheduler.now()));
        total += deleted;
      } while (deleted > 0);
      return total;
    },
    compact() {
      attempt(() => {
        database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
      });
    },
    flush() {
      attempt(() => {
        // Syncs the log, and never waits for a reader.
        database.exec('PRAGMA wal_checkpoint(PASSIVE)');
      }, 'flush_failed');
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      if (options.database !== undefined) return;
      try {
        database.close();
      } catch (error) {
        throw sqliteError(error);
      }
    },
  };
}

function openFile(path: string | URL, fsync: 'never' | 'batch', busyTimeoutMs: number): SqliteDatabase {
  const database = openDatabase(path instanceof URL ? fileURLToPath(path) : path);
  try {
    database.exec(`PRAGMA busy_timeout = ${String(OPENING_TIMEOUT_MS)}`);
    if (pragma(database, 'journal_mode') !== 'wal') database.exec('PRAGMA journal_mode = WAL');
    // In WAL mode, either survives the death of the process; FULL also waits for the disk at every commit.
    database.exec(`PRAGMA synchronous = ${fsync === 'batch' ? 'FULL' : 'NORMAL'}`);
    migrate(database);
    database.exec(`PRAGMA busy_timeout = ${String(busyTimeoutMs)}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
