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
  /** The folder; each sink gets a folder of its own in it. */
  readonly dir: string | URL;
  /** Bytes on disk per sink. A batch that doesn't fit stays in memory only, and is reported. @default 268_435_456 */
  readonly maxBytes?: number | undefined;
  /** Events per sink. A batch that doesn't fit stays in memory only, and is reported. @default Infinity */
  readonly maxEvents?: number | undefined;
  /** Milliseconds since a batch was created. One that is older when it is read is dropped, as `'expired'`. @default Infinity */
  readonly maxAgeMs?: number | undefined;
  /**
   * What a stored event survives: `'process'`, the end of the process; `'disk'`, a power failure as well, at the price of one `fdatasync` per
   * write. @default 'process'
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
 * Keeps the batches of durable lanes in files: what a process has not delivered when it ends, the next one delivers.
 *
 * ```
 * life 1   offer a, b, c ─► a delivered ─► kill -9
 * store    a b c             b c
 * life 2                                   recovered: b, c ─► delivered, before what is collected then
 * ```
 *
 * A batch has the id that it had before, so that the destination can tell those that it already has: at most the batches in flight at the end are
 * sent twice. One process at a time may use a folder; a second one reports `FILE_LOCKED` on `diagnostics$`, and works from memory until the first
 * has ended: then, within 15 s, it takes the folder over with what is left in it. If they run on different machines, that takes a minute.
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

/** A name that every file system takes. */
const folderOf = (sink: string): string =>
  `sink-${encodeURIComponent(sink).replace(/[*.]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`;
