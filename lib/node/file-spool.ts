import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import type { SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { anInteger, aScheduler, oneOf } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { LaneStore } from '../lane/lane-spool.js';
import { laneStore, limitRows } from '../lane/lane-store.js';
import { aPath } from './a-path.js';
import { FileSession } from './file-session.js';

export interface FileSpoolOptions {
  /** The folder; each sink gets its own folder inside. */
  readonly dir: string | URL;
  /** Maximum bytes on disk per sink. A batch that doesn't fit is kept in memory only, and reported. @default 268_435_456 */
  readonly maxBytes?: number | undefined;
  /** Maximum number of events per sink. A batch that doesn't fit is kept in memory only, and reported. @default Infinity */
  readonly maxEvents?: number | undefined;
  /** Maximum age of a batch in milliseconds. An older batch is dropped as `'expired'` when it is read. @default Infinity */
  readonly maxAgeMs?: number | undefined;
  /**
   * With `'process'`, a stored event survives the end of the process; with `'disk'`, also a power failure, at the cost of one `fdatasync` per write.
   * @default 'process'
   */
  readonly durability?: 'process' | 'disk' | undefined;
  /** Clock and timers. @default asyncScheduler, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<FileSpoolOptions>(() => ({
  dir: [aPath],
  ...limitRows(),
  maxBytes: [anInteger(1), 2 ** 28],
  durability: [oneOf(['process', 'disk']), 'process'],
  scheduler: [aScheduler, backgroundScheduler],
}));

/**
 * Keeps the batches of durable lanes in files: when a process ends, the next one delivers its remaining batches.
 *
 * ```
 * life 1   offer a, b, c ─► a delivered ─► kill -9
 * store    a b c             b c
 * life 2                                   recovered: b, c ─► delivered, before what is collected then
 * ```
 *
 * A batch keeps its id, so that the destination can recognise duplicates: at most the batches in flight at the end are sent twice. Only one process
 * at a time can use a folder. A second one reports `FILE_LOCKED` on `diagnostics$`, and keeps its batches in memory. Within 15 s after the first has
 * ended, it takes over the folder and the remaining batches; if they run on different machines, within about a minute.
 *
 * Damaged records are reported as `SPOOL_DAMAGED`, and skipped. A full disk, or `maxBytes`, is reported; the batch is then delivered from memory.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 *
 * const dir = mkdtempSync(join(tmpdir(), 'spool-'));
 * const lane = { spool: fileSpool({ dir }) };
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
export function fileSpool(options: FileSpoolOptions): LaneStore {
  const { dir, maxBytes, maxEvents, maxAgeMs, durability, scheduler } = OPTIONS.parse(options);
  const folder = dir instanceof URL ? fileURLToPath(dir) : dir;
  const open = (sink: string): FileSession =>
    new FileSession({ dir: join(folder, folderOf(sink)), maxBytes, isSynced: durability === 'disk', scheduler });
  return laneStore(open, { maxEvents, maxAgeMs });
}

/** A folder name that every file system accepts. */
const folderOf = (sink: string): string =>
  `sink-${encodeURIComponent(sink).replace(/[*.]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`;
