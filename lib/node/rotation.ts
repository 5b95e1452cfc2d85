import type { SchedulerLike } from 'rxjs';
import type { AppendFile } from './append-file.js';
import { ClosedFiles } from './closed-files.js';
import { checkKeys } from '../internal/check-keys.js';
import { aBoolean, aNumber, anInteger, checkArgument } from '../internal/check-option.js';
import type { Syncs } from './syncs.js';

/** When a file is put aside, and another begun, and what becomes of it then. Looked at when a batch comes; a batch is never split. */
export interface FileRotation {
  /** The most that a file holds, unless one batch alone is larger. @default Infinity */
  readonly maxBytes?: number | undefined;
  /** From the first batch of a file to the last. @default Infinity */
  readonly maxAgeMs?: number | undefined;
  /** Closed files that are kept; the oldest are deleted. @default Infinity */
  readonly maxFiles?: number | undefined;
  /** Whether closed files are packed, beside the delivery of others. One that can't be is left as it is until the next. @default false */
  readonly gzip?: boolean | undefined;
}

export function checkRotation(options: FileRotation): void {
  checkKeys(options, { maxBytes: true, maxAgeMs: true, maxFiles: true, gzip: true }, 'rotate');
  const { maxBytes = Infinity, maxAgeMs = Infinity, maxFiles = Infinity, gzip = false } = options;
  checkArgument('rotate.maxBytes', maxBytes, anInteger(1, true));
  if (maxAgeMs !== Infinity) checkArgument('rotate.maxAgeMs', maxAgeMs, aNumber(1));
  checkArgument('rotate.maxFiles', maxFiles, anInteger(0, true));
  checkArgument('rotate.gzip', gzip, aBoolean);
}

export interface Rotation {
  /** Begins another file if so many bytes are too many for this one, or if it is too old. */
  before(bytes: number): Promise<void>;
  /** Resolves when nothing is done to closed files any more. */
  settled(): Promise<void>;
}

export function rotation(file: AppendFile, options: FileRotation, scheduler: SchedulerLike, sync: Syncs): Rotation {
  const { maxBytes = Infinity, maxAgeMs = Infinity, maxFiles = Infinity, gzip = false } = options;
  const closed = new ClosedFiles(file.path, { maxFiles, gzip });
  /** When the first batch of the file came, if that was ours. */
  let begunAt: number | undefined;
  let tidied: Promise<void> | undefined;
  // Packing takes its time, and nobody has to wait for it; what fails is left to the next time.
  const tidy = (): Promise<void> => (tidied ?? Promise.resolve()).then(() => closed.tidy()).catch(() => undefined);

  return {
    async before(bytes) {
      await file.ready();
      // What an earlier process has left.
      tidied ??= tidy();
      const now = scheduler.now();
      if (file.size === 0) {
        begunAt = now;
        return;
      }
      begunAt ??= file.madeAt ?? now;
      if (file.size + bytes <= maxBytes && now - begunAt < maxAgeMs) return;
      // Whatever `fsync` is: a later flush reaches the file at hand only.
      await sync.now();
      await file.close();
      try {
        await closed.add(now);
        begunAt = now;
        tidied = tidy();
      } catch {
        // To deliver comes first: the file goes on growing, and the next batch tries again.
      }
    },
    settled: async () => tidied,
  };
}
