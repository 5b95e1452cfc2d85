import { fileURLToPath } from 'node:url';
import type { SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { anInteger, aScheduler, checkArgument, oneOf } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { LaneStore } from '../lane/lane-spool.js';
import { laneStore, limitRows } from '../lane/lane-store.js';
import { aPath } from './a-path.js';
import type { EventStorePlace } from './open-event-store.js';
import { aDatabase, type SqliteDatabase } from './sqlite-database.js';
import { SqliteBatches } from './sqlite-batches.js';

export interface SqliteSpoolOptions {
  /**
   * With `'process'`, a stored event survives the end of the process; with `'disk'`, also a power failure, at the cost of one `fsync` per write. With
   * `database`, the connection's own settings apply. @default 'process'
   */
  readonly durability?: 'process' | 'disk' | undefined;
  /** Maximum bytes of JSON per process and sink. A batch that doesn't fit is kept in memory only, and reported. @default 268_435_456 */
  readonly maxBytes?: number | undefined;
  /** Maximum number of events per process and sink. A batch that doesn't fit is kept in memory only, and reported. @default Infinity */
  readonly maxEvents?: number | undefined;
  /** Maximum age of a batch in milliseconds. An older batch is dropped as `'expired'` when it is read. @default Infinity */
  readonly maxAgeMs?: number | undefined;
  /** Milliseconds to wait, and block the thread, while another process writes. @default 1_000 */
  readonly busyTimeoutMs?: number | undefined;
  /** Clock and timers. @default asyncScheduler, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
}

type Options = SqliteSpoolOptions & { readonly path?: string | URL | undefined; readonly database?: SqliteDatabase | undefined };

const OPTIONS = /* @__PURE__ */ optionsOf<Options, 'path' | 'database'>(() => ({
  path: [aPath],
  database: [aDatabase],
  durability: [oneOf(['process', 'disk']), 'process'],
  ...limitRows(),
  maxBytes: [anInteger(1), 2 ** 28],
  busyTimeoutMs: [anInteger(0), 1_000],
  scheduler: [aScheduler, backgroundScheduler],
}));

/**
 * Keeps the batches of durable lanes in a SQLite database, which several processes can share.
 *
 * ```
 * process 1   offer a, b ─► a delivered ─► kill -9
 * database    a b           b
 * process 2   offer c ─► delivered         recovered: b ─► delivered
 * ```
 *
 * Each process delivers its own batches. When a process has ended, the next one that opens the database takes over its batches, or one that has it
 * open does so within 15 s; if they run on different hosts (containers), about a minute later. A batch keeps its id, so that the destination can
 * recognise duplicates.
 *
 * With `path`, the driver is Node's `node:sqlite` if it exists (from 22.13), otherwise `@photostructure/sqlite` or `better-sqlite3`, one of which
 * must be installed. The file is in WAL mode, and must not be on a network drive. With `database`, a connection of any of these drivers is used as it
 * is, and left open; don't collect events inside one of its transactions. The store adds the tables `spool_batches` and `spool_owners`.
 *
 * A full disk or a busy database is reported; the batch is then delivered from memory.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 *
 * const path = join(mkdtempSync(join(tmpdir(), 'spool-')), 'spool.db');
 * const lane = { spool: sqliteSpool({ path }) };
 * const offline: EventSink = { name: 'http', process: () => NEVER };
 * const first = new EventCollector({ sinks: [offline], lane });
 * first.track('feature_used', { feature: 'search' });
 * expect((await first.shutdown({ timeoutMs: 50 })).sinks.http).to.include({ pending: 0, dropped: 0, kept: 1 });
 *
 * const sink = new MemorySink({ name: 'http' });
 * const second = new EventCollector({ sinks: [sink], lane });
 * await second.shutdown();
 * expect(sink.events.map(({ type }) => type)).to.deep.equal(['feature_used']);
 */
export function sqliteSpool(options: EventStorePlace & SqliteSpoolOptions): LaneStore {
  const { path, database, durability, busyTimeoutMs, scheduler, maxBytes, maxEvents, maxAgeMs } = OPTIONS.parse(options);
  if (database === undefined) checkArgument('path', path, aPath);
  const place = database ?? (path instanceof URL ? fileURLToPath(path) : String(path));
  return laneStore((sink) => new SqliteBatches({ place, sink, isSynced: durability === 'disk', busyTimeoutMs, scheduler }), {
    maxBytes,
    maxEvents,
    maxAgeMs,
  });
}
