import { SinkError, type SinkErrorKind } from '../errors/sink-error.js';
import type { AnalyticsEvent } from '../event/event.js';
import { aNonEmptyString, checkOption } from '../internal/check-option.js';
import type { EventSink } from '../sink/sink.js';
import { aPath } from './a-path.js';
import { AppendFile } from './append-file.js';

export interface NdjsonFileSinkOptions {
  /** The file that is appended to. It is made at the first batch, with its folders; it is this sink's alone until `close`. */
  readonly path: string | URL;
  /** Unique within a collector. @default 'ndjson' */
  readonly name?: string | undefined;
}

/**
 * Appends events to a file, one line of JSON each, with one write a batch.
 *
 * The file holds exactly the delivered events, in the order in which batches came, at any concurrency: what a failed or timed-out attempt
 * had written is cut off again before the next one. `flush` makes the file durable, `close` closes it; both are safe when nothing came.
 *
 * An event without a JSON form (a cycle, a BigInt, a `toJSON` that throws) fails alone, as `rejected`; the others are written. A full
 * disk, too many open files or an I/O error is `unavailable` and worth a retry; a path that can't be written to (no permission, a
 * folder, a read-only disk) is `write_failed` and is not. `code` is the system's: `'ENOSPC'`, `'EACCES'`.
 *
 * @throws TypeError for a path that is neither a non-empty string nor a `file:` URL
 * @example
 * const collector = new EventCollector({ sinks: [ndjsonFileSink({ path: 'events/today.ndjson' })] });
 * collector.collect({ type: 'feature_used', data: { feature: 'search' } });
 * await collector.shutdown();
 */
export function ndjsonFileSink<E = AnalyticsEvent>(options: NdjsonFileSinkOptions): EventSink<E> {
  const { path, name = 'ndjson' } = options;
  checkOption('path', path, aPath);
  checkOption('name', name, aNonEmptyString);
  const file = new AppendFile(path);
  const inTurn = oneAfterTheOther();
  let isClosed = false;
  return {
    name,
    process: (batch, { signal }) =>
      inTurn(async () => {
        if (isClosed) throw new SinkError('write_failed', 'The file sink is closed', { code: 'SINK_CLOSED', retryable: false });
        if (signal.aborted) throw new SinkError('unavailable', 'The attempt was given up before its turn', { cause: signal.reason });
        const { lines, failed, cause } = encodeLines(batch.events);
        if (lines !== '') await file.append(lines, signal).catch(failAs('write_failed'));
        if (failed.length > 0) {
          const message = `${String(failed.length)} of ${String(batch.events.length)} events have no JSON form`;
          throw new SinkError('rejected', message, { code: 'NOT_ENCODABLE', failed, cause });
        }
      }),
    flush: () => inTurn(() => file.sync().catch(failAs('flush_failed'))),
    close: () =>
      inTurn(() => {
        isClosed = true;
        return file.close().catch(failAs('write_failed'));
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

/** The events as lines, and apart from them those that have none: one bad event costs itself only. */
function encodeLines<E>(events: readonly E[]): { readonly lines: string; readonly failed: readonly E[]; readonly cause: unknown } {
  let lines = '';
  let cause: unknown;
  const failed: E[] = [];
  for (const event of events) {
    try {
      const line = JSON.stringify(event) as string | undefined;
      if (line === undefined) throw new TypeError('Expected an event that has a JSON form');
      lines += `${line}\n`;
    } catch (error) {
      if (failed.push(event) === 1) cause = error;
    }
  }
  return { lines, failed, cause };
}

/** They pass: by themselves, or when someone makes room. */
const PASSING: ReadonlySet<string> = new Set([
  'ENOSPC',
  'EDQUOT',
  'EMFILE',
  'ENFILE',
  'EAGAIN',
  'EBUSY',
  'EIO',
  'EINTR',
  'ENOMEM',
  'ETIMEDOUT',
]);

/** They stay until someone corrects the path or its rights: a retry within minutes can't help. */
const LASTING: ReadonlySet<string> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'EISDIR',
  'ENOTDIR',
  'ENOENT',
  'EEXIST',
  'EINVAL',
  'ELOOP',
  'ENAMETOOLONG',
]);

function failAs(kind: SinkErrorKind): (error: unknown) => never {
  return (error) => {
    const code = typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
    const message = error instanceof Error ? error.message : 'The file could not be written';
    if (code === undefined) throw new SinkError(kind, message, { cause: error });
    throw new SinkError(kind === 'write_failed' && PASSING.has(code) ? 'unavailable' : kind, message, {
      code,
      retryable: !LASTING.has(code),
      cause: error,
    });
  };
}
