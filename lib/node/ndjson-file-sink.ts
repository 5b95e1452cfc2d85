import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SchedulerLike } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aNonEmptyString, aScheduler } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';
import type { EventSink } from '../sink/sink.js';
import { aPath } from './a-path.js';
import { AppendFile } from './append-file.js';
import { encodeLines } from './encode-lines.js';
import { failAs } from './file-error.js';
import { rotation, ROTATION, type FileRotation } from './rotation.js';
import { aFileSync, syncs, type FileSync } from './syncs.js';

export interface NdjsonFileSinkOptions {
  /** The file to append to. Created with its folders at the first batch. `{pid}` stands for the process id: one file per process. */
  readonly path: string | URL;
  /** Unique within a collector. @default 'ndjson' */
  readonly name?: string | undefined;
  /** When written lines are synced to disk, in addition to `flush` and the end of a file. @default 'never' */
  readonly fsync?: FileSync | undefined;
  /** @default one file that grows */
  readonly rotate?: FileRotation | undefined;
  /** Clock and timers of `rotate` and `fsync`. @default a scheduler whose timers don't keep the process alive */
  readonly scheduler?: SchedulerLike | undefined;
}

export interface NdjsonFileSink<E = AnalyticsEvent> extends EventSink<E> {
  /**
   * Closes the file; the next batch opens the path again. Renamed or deleted files are detected without this call. Call this to release the file
   * immediately: `process.on('SIGHUP', () => void sink.reopen())`.
   */
  reopen(): Promise<void>;
}

const OPTIONS = optionsOf<NdjsonFileSinkOptions, 'rotate'>(() => ({
  path: aPath,
  name: [aNonEmptyString, 'ndjson'],
  fsync: [aFileSync, 'never'],
  rotate: [ROTATION],
  scheduler: [aScheduler, backgroundScheduler],
}));

/**
 * Appends events to a file, one line of JSON each, with one write per batch.
 *
 * The file contains exactly the delivered events, in the order in which batches arrived, at any concurrency: the bytes of a failed or timed-out
 * attempt are removed before the next one. Half a line that a dying process left is removed when the file is opened. `flush` makes all delivered
 * events durable, `close` closes the file. Closed files are named after the time of their end: `events.2026-11-23T08-15-00.000Z.ndjson`.
 *
 * Other programs may rename or delete the file (logrotate with `create`, `rm`): a batch counts as delivered only if the path still led to the same
 * file after the write; otherwise it is written again to the new file. They must not append to it. With logrotate's `copytruncate`, lines that are
 * written between the copy and the truncation are lost; use `create`.
 *
 * An event without a JSON form (a cycle, a BigInt, a `toJSON` that throws) fails alone, as `rejected`; the others are written. A full disk, too many
 * open files or an I/O error is `unavailable` and retryable; a path that can't be written to (no permission, a folder, a read-only disk) is
 * `write_failed` and not retryable. `code` is the system's: `'ENOSPC'`, `'EACCES'`. A failed background sync is repeated before the next batch; if it
 * fails again, that batch fails.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const path = 'events/all.ndjson';
 * const sink = ndjsonFileSink({ path, fsync: { everyMs: 1_000 }, rotate: { maxBytes: 64_000_000, gzip: true } });
 * const collector = new EventCollector({ sinks: [sink] });
 * collector.collect({ type: 'feature_used', data: { feature: 'search' } });
 * await collector.shutdown();
 *
 * const lines = await lastValueFrom(fromNdjson(path).pipe(toArray()));
 * expect(lines).to.have.length(1);
 */
export function ndjsonFileSink<E = AnalyticsEvent>(options: NdjsonFileSinkOptions): NdjsonFileSink<E> {
  const { path, name, fsync, rotate, scheduler } = OPTIONS.parse(options);

  const ownPath = (path instanceof URL ? fileURLToPath(path) : path).replaceAll('{pid}', String(process.pid));
  // With rotation, use the target of a symbolic link: other processes may write to the same file by another path.
  const file = new AppendFile(rotate === undefined ? ownPath : (tryGet(() => realpathSync(ownPath)) ?? ownPath));
  const inTurn = oneAtATime();
  const sync = syncs(file, fsync, scheduler);
  const rotated = rotate && rotation(file, rotate, scheduler, sync);
  let isClosed = false;

  const write = async (lines: string, signal: AbortSignal): Promise<void> => {
    const bytes = Buffer.from(lines);
    await sync.overdue();
    await rotated?.before(bytes.length);
    await file.append(bytes, signal, fsync === 'batch');
    sync.appended();
  };
  return {
    name,
    process: (batch, { signal }) =>
      inTurn(async () => {
        if (isClosed) throw new SinkError('write_failed', 'The file sink is closed', { code: 'SINK_CLOSED', retryable: false });
        if (signal.aborted) throw new SinkError('unavailable', 'The attempt was aborted before it started', { cause: signal.reason });
        const { lines, failed, cause } = encodeLines(batch.events);
        if (lines !== '') await write(lines, signal).catch(failAs('write_failed'));
        if (failed.length > 0) {
          const message = `${String(failed.length)} of ${String(batch.events.length)} events have no JSON form`;
          throw new SinkError('rejected', message, { code: 'NOT_ENCODABLE', failed, cause });
        }
      }),
    async flush() {
      let synced = Promise.resolve();
      // The sync starts after earlier appends, but later appends don't wait for it.
      await inTurn(() => {
        synced = sync.now().catch(failAs('flush_failed'));
        return Promise.resolve();
      });
      await synced;
    },
    reopen: () => inTurn(() => file.reopen().catch(failAs('write_failed'))),
    close: () =>
      inTurn(async () => {
        isClosed = true;
        sync.stop();
        await file.close().catch(failAs('write_failed'));
        await rotated?.close();
      }),
  };
}

/** Runs tasks in order, one at a time; a failed task doesn't stop the next one. */
function oneAtATime(): (work: () => Promise<void>) => Promise<void> {
  let last = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
