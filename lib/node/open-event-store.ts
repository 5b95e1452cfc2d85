import { fileURLToPath } from 'node:url';
import { asyncScheduler, defer, from, type Observable, type SchedulerLike } from 'rxjs';
import { SinkError, type SinkErrorKind } from '../errors/sink-error.js';
import type { AnalyticsEvent, EventCategory } from '../event/event.js';
import { aNonEmptyString, anInteger, aScheduler, checkArgument, oneOf } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { aPath } from './a-path.js';
import { EventActors } from './event-actors.js';
import { EventInserts } from './event-inserts.js';
import { EventQueries } from './event-queries.js';
import type { EventFilter, EventScanOptions } from './event-query.js';
import { migrate } from './event-schema.js';
import type { EventStore } from './event-store.js';
import { paged } from './paged.js';
import { bytesInUse, deleteSurplus, RETENTION, type EventRetentionLimits } from './retention.js';
import { aDatabase, type SqliteDatabase } from './sqlite-database.js';
import { sqliteError } from './sqlite-error.js';
import { openStoreFile, StoreFile } from './store-file.js';

export interface EventStoreOptions {
  /** Limits beyond which the oldest events are deleted, some with each batch. @default keeps everything */
  readonly retention?: EventRetentionLimits | undefined;
  /**
   * Whether each batch is synced to disk. With `'never'`, stored batches survive the end of the process at any time, but the last ones may be lost if
   * the machine crashes; `flush` makes them durable. @default 'never'
   */
  readonly fsync?: 'never' | 'batch' | undefined;
  /** Milliseconds to wait, and block the thread, while another process writes; then the attempt fails as `unavailable`. @default 100 */
  readonly busyTimeoutMs?: number | undefined;
  /** Clock for the arrival of events and for `retention`. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The file of a store, which opens and closes it; or a connection, which the caller configures, opens and closes. */
export type EventStorePlace =
  | {
      /** The file, which is created with its folders if it is missing; `':memory:'` for a database in memory. */
      readonly path: string | URL;
      readonly database?: undefined;
    }
  | { readonly database: SqliteDatabase; readonly path?: undefined };

type Options = EventStoreOptions & { readonly path?: string | URL | undefined; readonly database?: SqliteDatabase | undefined };

const OPTIONS = optionsOf<Options, 'path' | 'database'>(() => ({
  path: [aPath],
  database: [aDatabase],
  retention: [RETENTION, RETENTION.parse({})],
  fsync: [oneOf(['never', 'batch']), 'never'],
  busyTimeoutMs: [anInteger(0), 100],
  scheduler: [aScheduler, asyncScheduler],
}));

/**
 * Opens an event store. If necessary, creates it, or migrates it to the newest schema.
 *
 * With `path`, the driver is Node's `node:sqlite` if it exists (from 22.13), otherwise `@photostructure/sqlite` or `better-sqlite3`, one of which
 * must be installed. The file is in WAL mode: any number of processes read while one writes. It must not be on a network drive. A database of another
 * application is refused and left unchanged. With `database`, a connection of any of these drivers is used as it is, and `close` leaves it open.
 *
 * @throws TypeError for an invalid or unknown option; SinkError for a database that can't be opened, is damaged, or is not an event store
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
  const { path, database: given, retention: limits, fsync, busyTimeoutMs, scheduler } = OPTIONS.parse(options);
  if (given === undefined) checkArgument('path', path, aPath);
  const retention = RETENTION.parse(limits);

  let isClosed = false;
  /** Runs work with the database, and converts errors to a `SinkError`. */
  const attempt = <R>(work: () => R, kind?: SinkErrorKind): R => {
    if (isClosed) throw new SinkError('write_failed', 'The event store is closed', { code: 'STORE_CLOSED', retryable: false });
    try {
      return work();
    } catch (error) {
      throw sqliteError(error, kind);
    }
  };
  const database = attempt(() => given ?? openStoreFile(path instanceof URL ? fileURLToPath(path) : String(path), fsync, busyTimeoutMs));
  const file = attempt(() => {
    if (given !== undefined) migrate(database);
    return new StoreFile(database);
  });
  const inserts = attempt(() => new EventInserts<E>(database));
  const queries = new EventQueries<E>(database, attempt);
  const actors = new EventActors(database, attempt);
  let duplicates = 0;

  /** Runs maintenance, which must not make a stored batch fail. The next batch tries again. */
  const tidy = (work: () => void): void => {
    try {
      work();
    } catch {
      // The database is busy, or the disk full.
    }
  };
  const scan = (filter: EventFilter, options?: EventScanOptions): Observable<never> =>
    paged((page) => queries.page(filter, page), options) as Observable<never>;
  const typed = (type: string): EventFilter => required('type', type);
  const categorized = (category: EventCategory): EventFilter => required('category', category);
  const inSession = (sessionId: string): EventFilter => required('sessionId', sessionId);
  const countBy = ((by, options) => queries.countBy(by, options)) as EventStore<E>['countBy'];
  const percentiles = ((shares, options) => queries.percentiles(shares, options)) as EventStore<E>['percentiles'];
  const countDistinct = ((of, options) => actors.countDistinct(of, options)) as EventStore<E>['countDistinct'];
  const funnel: EventStore<E>['funnel'] = (...args) => actors.funnel(...args);
  const cohorts: EventStore<E>['retention'] = (...args) => actors.retention(...args);

  return {
    append(events) {
      const result = attempt(() => {
        file.checkPresence();
        try {
          const appended = inserts.append(events, scheduler.now());
          file.checkPresence();
          return appended;
        } catch (error) {
          // Shrink the log, which may have filled the disk.
          if (given === undefined && sqliteError(error).code === 'SQLITE_FULL') tidy(() => file.checkpoint());
          throw error;
        }
      });
      duplicates += result.duplicates;
      tidy(() => deleteSurplus(database, retention, scheduler.now()));
      // The caller is responsible for the log and the settings of its own connection.
      if (given === undefined) tidy(() => file.limitLog());
      return result;
    },
    byTime: (options) => queries.page({}, options),
    byType: (type, options) => queries.page(typed(type), options),
    byCategory: (category, options) => queries.page(categorized(category), options),
    bySession: (sessionId, options) => queries.page(inSession(sessionId), options),
    byTime$: (options?: EventScanOptions) => scan({}, options),
    byType$: (type: string, options?: EventScanOptions) => scan(typed(type), options),
    byCategory$: (category: EventCategory, options?: EventScanOptions) => scan(categorized(category), options),
    bySession$: (sessionId: string, options?: EventScanOptions) => scan(inSession(sessionId), options),
    countBy,
    countBy$: (by, options) => defer(() => from(countBy(by, options))),
    percentiles,
    percentiles$: (shares, options) => defer(() => from(percentiles(shares, options))),
    countDistinct,
    countDistinct$: (of, options) => defer(() => from(countDistinct(of, options))),
    funnel,
    funnel$: (...args) => defer(() => from(funnel(...args))),
    retention: cohorts,
    retention$: (...args) => defer(() => from(cohorts(...args))),
    stats() {
      const { events, weight, oldest, newest } = queries.extent();
      const bytes = attempt(() => bytesInUse(database) + file.logBytes);
      return { events, weight, oldest, newest, bytes, duplicates };
    },
    retain(limits) {
      const parsed = RETENTION.parse(limits, { path: 'retention' });
      let total = 0;
      let deleted: number;
      do {
        deleted = attempt(() => deleteSurplus(database, parsed, scheduler.now()));
        total += deleted;
      } while (deleted > 0);
      return total;
    },
    compact() {
      attempt(() => {
        file.checkPresence();
        database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
      });
    },
    flush() {
      attempt(() => {
        file.checkPresence();
        file.checkpoint();
      }, 'flush_failed');
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      if (given !== undefined) return;
      try {
        database.close();
      } catch (error) {
        throw sqliteError(error);
      }
    },
  };
}

/** @throws TypeError unless the value is a non-empty string: without a value, the filter would return the events of all other users, too */
function required<K extends keyof EventFilter>(name: K, value: EventFilter[K]): EventFilter {
  checkArgument(name, value, aNonEmptyString);
  return { [name]: value };
}
