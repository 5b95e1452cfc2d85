import type { SchedulerLike } from 'rxjs';
import type { AppendFile } from './append-file.js';
import { ClosedFiles } from './closed-files.js';
import { FileLock } from './file-lock.js';
import { aBoolean, aNumber, anInteger, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { steadyClock } from '../internal/steady-clock.js';
import type { Syncs } from './syncs.js';

/**
 * Limits at which a file is closed and another one started, and the treatment of closed files. Checked before each batch; a batch is never split.
 *
 * The file is locked by another file (`events.ndjson.lock`), because two processes that rotate the same file would lose events. The batches of the
 * second one fail as `unavailable` with the code `'FILE_LOCKED'`, and are retried until the first one has ended.
 */
export interface FileRotation {
  /** Maximum size of a file, unless a single batch is larger. @default Infinity */
  readonly maxBytes?: number | undefined;
  /** Maximum age of a file, from its first batch. @default Infinity */
  readonly maxAgeMs?: number | undefined;
  /** Number of closed files to keep; the oldest are deleted. @default Infinity */
  readonly maxFiles?: number | undefined;
  /** Whether closed files are compressed, in the background. If that fails, it is tried again after the next rotation. @default false */
  readonly gzip?: boolean | undefined;
}

const anAge: Expectation = {
  expected: 'a number of milliseconds ≥ 1 or Infinity',
  accepts: (value) => value === Infinity || aNumber(1).accepts(value),
};

export const ROTATION = optionsOf<FileRotation>(() => ({
  maxBytes: [anInteger(1, true), Infinity],
  maxAgeMs: [anAge, Infinity],
  maxFiles: [anInteger(0, true), Infinity],
  gzip: [aBoolean, false],
}));

export interface Rotation {
  /** Starts another file if this one is too old, or would be too large with these additional bytes. @throws SinkError if another process writes the file */
  before(bytes: number): Promise<void>;
  /** Resolves when the work on closed files is done and the lock is released. */
  close(): Promise<void>;
}

export function rotation(file: AppendFile, options: FileRotation, scheduler: SchedulerLike, sync: Syncs): Rotation {
  const { maxBytes, maxAgeMs, maxFiles, gzip } = ROTATION.parse(options);
  const closed = new ClosedFiles(file.path, { maxFiles, gzip });
  const lock = new FileLock(file.path, () => scheduler.now());
  const elapsed = steadyClock(() => scheduler.now());
  /** Arrival of the file's first batch, on the elapsed clock, which doesn't change if the wall clock is set back. */
  let startedAt: number | undefined;
  let tidied: Promise<void> | undefined;
  // In the background, because compression takes time; after a failure, the next rotation tries again.
  const tidy = (): Promise<void> => (tidied ?? Promise.resolve()).then(() => closed.tidy()).catch(() => undefined);

  return {
    async before(bytes) {
      await lock.hold();
      await file.ready();
      // Also tidies files of an earlier process.
      tidied ??= tidy();
      const now = scheduler.now();
      const arrivedAt = elapsed();
      if (file.size === 0) {
        startedAt = arrivedAt;
        return;
      }
      startedAt ??= arrivedAt - Math.max(0, now - (file.createdAt ?? now));
      if (file.size + bytes <= maxBytes && arrivedAt - startedAt < maxAgeMs) return;
      // Regardless of `fsync`: a later flush applies to the next file only.
      await sync.now();
      await file.close();
      try {
        await closed.add(now);
        startedAt = arrivedAt;
        tidied = tidy();
      } catch {
        // Delivery takes precedence: the file exceeds its limit, and the next batch tries again.
      }
    },
    async close() {
      await tidied;
      lock.release();
    },
  };
}
