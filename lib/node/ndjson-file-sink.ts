import { fileURLToPath } from 'node:url';
import type { SchedulerLike } from 'rxjs';
import { SinkError } from '../errors/sink-error.js';
import type { AnalyticsEvent } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { checkKeys } from '../internal/check-keys.js';
import { aNonEmptyString, aScheduler, checkArgument } from '../internal/check-option.js';
import type { EventSink } from '../sink/sink.js';
import { aPath } from './a-path.js';
import { AppendFile } from './append-file.js';
import { encodeLines } from './encode-lines.js';
import { failAs } from './file-error.js';
import { checkRotation, rotation, type FileRotation } from './rotation.js';
import { aFileSync, syncs, type FileSync } from './syncs.js';

export interface NdjsonFileSinkOptions {
  /** The file that is appended to. It is made at the first batch, with its folders; it is this sink's alone until `close`. */
  readonly path: string | URL;
  /** Unique within a collector. @default 'ndjson' */
  readonly name?: string | undefined;
  /**
   * When the disk is waited for beside `flush` and the end of a file that is put aside: never, before each batch counts as delivered, or in
   * the background so many milliseconds after the first batch that isn't durable. @default 'never'
   */
  readonly fsync?: FileSync | undefined;
  /** @default one file that grows */
  readonly rotate?: FileRotation | undefined;
  /** The clock and timers of `rotate` and `fsync`. @default a scheduler whose timers don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * Appends events to a file, one line of JSON each, with one write a batch.
 *
 * The file holds exactly the delivered events, in the order in which batches came, at any concurrency: what a failed or timed-out attempt
 * had written is cut off again before the next one. Half a line that a dying process left is cut off at the start. `flush` makes all that
 * was delivered durable, `close` closes the file; both are safe when nothing came. Closed files are named after their moment,
 * `events.2026-11-23T08-15-00.000Z.ndjson`.
 *
 * An event without a JSON form (a cycle, a BigInt, a `toJSON` that throws) fails alone, as `rejected`; the others are written. A full
 * disk, too many open files or an I/O error is `unavailable` and worth a retry; a path that can't be written to (no permission, a
 * folder, a read-only disk) is `write_failed` and is not. `code` is the system's: `'ENOSPC'`, `'EACCES'`. A sync in the background that
 * fails is made up for before the next batch, and fails that one if it fails again.
 *
 * @throws TypeError for an option of the wrong kind, or one that there is not
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
export function ndjsonFileSink<E = AnalyticsEvent>(options: NdjsonFileSinkOptions): EventSink<E> {
  checkKeys(options, { path: true, name: true, fsync: true, rotate: true, scheduler: true });
  const { path, name = 'ndjson', fsync = 'never', rotate, scheduler = backgroundScheduler } = options;
  checkArgument('path', path, aPath);
  checkArgument('name', name, aNonEmptyString);
  checkArgument('fsync', fsync, aFileSync);
  checkArgument('scheduler', scheduler, aScheduler);
  if (rotate !== undefined) checkRotation(rotate);

  const file = new AppendFile(path instanceof URL ? fileURLToPath(path) : path);
  const inTurn = oneAfterTheOther();
  const sync = syncs(file, fsync, scheduler);
  const turnOver = rotate && rotation(file, rotate, scheduler, sync);
  let isClosed = false;

  const write = async (lines: string, signal: AbortSignal): Promise<void> => {
    const bytes = Buffer.from(lines);
    await sync.overdue();
    await turnOver?.before(bytes.length);
    await file.append(bytes, signal, fsync === 'batch');
    sync.appended();
  };
  return {
    name,
    process: (batch, { signal }) =>
      inTurn(async () => {
        if (isClosed) throw new SinkError('write_failed', 'The file sink is closed', { code: 'SINK_CLOSED', retryable: false });
        if (signal.aborted) throw new SinkError('unavailable', 'The attempt was given up before its turn', { cause: signal.reason });
        const { lines, failed, cause } = encodeLines(batch.events);
        if (lines !== '') await write(lines, signal).catch(failAs('write_failed'));
        if (failed.length > 0) {
          const message = `${String(failed.length)} of ${String(batch.events.length)} events have no JSON form`;
          throw new SinkError('rejected', message, { code: 'NOT_ENCODABLE', failed, cause });
        }
      }),
    async flush() {
      let synced = Promise.resolve();
      // Begun in its turn; batches that come meanwhile don't wait for the disk.
      await inTurn(() => {
        synced = sync.now().catch(failAs('flush_failed'));
        return Promise.resolve();
      });
      await synced;
    },
    close: () =>
      inTurn(async () => {
        isClosed = true;
        sync.stop();
        await file.close().catch(failAs('write_failed'));
        await turnOver?.settled();
      }),
  };
}

/** Runs works in the order in which they were handed in, each when the one before has ended, however it ended. */
function oneAfterTheOther(): (work: () => Promise<void>) => Promise<void> {
  let last = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}
