import type { SchedulerLike, Subscription } from 'rxjs';
import type { AppendFile } from './append-file.js';
import { aDelay, type Expectation } from '../internal/check-option.js';

/** How long what was written may not be durable: a process that dies loses nothing of it, a machine that does may. */
export type FileSync = 'never' | 'batch' | { readonly everyMs: number };

export const aFileSync: Expectation = {
  expected: "'never', 'batch' or { everyMs: a number of milliseconds ≥ 1 }",
  accepts: (value) =>
    value === 'never' ||
    value === 'batch' ||
    (typeof value === 'object' && value !== null && 'everyMs' in value && value.everyMs !== Infinity && aDelay(1).accepts(value.everyMs)),
};

/** When a file is made durable. */
export interface Syncs {
  /** Something has been appended. */
  appended(): void;
  /** Makes up for a sync in the background that has failed. */
  overdue(): Promise<void>;
  now(): Promise<void>;
  stop(): void;
}

/** Keeps the promise that `fsync` makes, but for `'batch'`, which is part of the append. */
export function syncs(file: AppendFile, fsync: FileSync, scheduler: SchedulerLike): Syncs {
  let timer: Subscription | undefined;
  let isOverdue = false;
  const stop = (): void => {
    timer?.unsubscribe();
    timer = undefined;
  };
  const now = async (): Promise<void> => {
    stop();
    await file.sync();
    isOverdue = false;
  };
  // Batches go on meanwhile: what they write is covered by the timer that they set.
  const inBackground = (): void => {
    now().catch(() => {
      isOverdue = true;
    });
  };
  return {
    appended() {
      if (typeof fsync === 'object') timer ??= scheduler.schedule(inBackground, fsync.everyMs);
    },
    overdue: async () => {
      if (isOverdue) await now();
    },
    now,
    stop,
  };
}
