import type { SchedulerLike, Subscription } from 'rxjs';
import type { AppendFile } from './append-file.js';
import { aDelay, type Expectation } from '../internal/check-option.js';

/**
 * When written lines become durable: at `flush` only, before each batch counts as delivered, or in the background, at most `everyMs` after the first
 * batch that isn't durable. No line is lost if the process dies; a crash of the machine may lose lines that are not durable.
 */
export type FileSync = 'never' | 'batch' | { readonly everyMs: number };

export const aFileSync: Expectation = {
  expected: "'never', 'batch' or { everyMs: a number of milliseconds ≥ 1 }",
  accepts: (value) =>
    value === 'never' ||
    value === 'batch' ||
    (typeof value === 'object' &&
      value !== null &&
      'everyMs' in value &&
      Object.keys(value).length === 1 &&
      value.everyMs !== Infinity &&
      aDelay(1).accepts(value.everyMs)),
};

/** Syncs a file as `fsync` requires. */
export interface Syncs {
  /** Called after lines were appended. */
  appended(): void;
  /** Repeats a failed background sync. */
  overdue(): Promise<void>;
  now(): Promise<void>;
  stop(): void;
}

/** With `'batch'`, appending itself syncs. */
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
  // Batches that arrive in the meantime set another timer.
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
