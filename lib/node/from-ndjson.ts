import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { from, Observable, type ObservableInput, type ObservedValueOf } from 'rxjs';
import { checkKeys } from '../internal/check-keys.js';
import { aFunction, anInteger, checkArgument, formatValue } from '../internal/check-option.js';
import { NdjsonLines, type NdjsonLine } from './ndjson-lines.js';
import { unpacked } from './unpacked.js';

export type { NdjsonLine };

/** Where lines come from: a file, or a stream of bytes that is read once. */
export type NdjsonInput = string | URL | AsyncIterable<Uint8Array | string>;

export interface FromNdjsonOptions {
  /** A longer line is a bad one, and is not held in memory. @default 16_777_216 (16 MiB) */
  readonly maxLineBytes?: number | undefined;
}

export interface FromNdjsonProjection<O extends ObservableInput<unknown>> extends FromNdjsonOptions {
  /** What is done with a line; reading goes on once it has completed. Its values are the result's. */
  readonly project: (line: NdjsonLine) => O;
}

/**
 * Reads newline-delimited JSON, plain or gzip, as values: a line that can't be parsed is one too, and never an error.
 *
 * ```
 * file     {"a":1}⏎ oops⏎ ⏎ {"b":2}⏎
 *          fromNdjson(path)
 * result   ---1--2--4|                     1, 4 = { ok: true, line, value }, 2 = { ok: false, line, error }
 *
 * project  ---(x|)   ----(y|)   --(z|)     each line waits until the one before is done
 *          fromNdjson(path, { project })
 * result   ---x------y----z|
 * ```
 *
 * **Back-pressure.** Without `project`, lines come as fast as the file is read: a chunk's lines in one go, and the next chunk is asked for
 * when `next` has returned. With it, this is `fromNdjson(path).pipe(concatMap(project))`, but the file waits as well: nothing is queued,
 * and memory holds one chunk and one unfinished line, however large the file and however slow the work.
 *
 * gzip is told by its first bytes, not by a name; several members in a row are fine. Blank lines are left out, but counted. Each
 * subscription to a path reads the file anew; a stream can be read once. A missing file, damaged or truncated gzip, and a `project` that
 * fails are errors, after all that came before. Unsubscribing closes the file or destroys the stream, and unsubscribes from `project`.
 *
 * @throws TypeError for an input or option of the wrong kind
 * @example
 * const sent = fromNdjson('events.ndjson.gz', {
 *   project: (line) => (line.ok ? collector.collectAsync({ type: 'imported', data: line.value }) : EMPTY),
 * });
 * const outcomes = await lastValueFrom(sent.pipe(toArray()));
 */
export function fromNdjson(input: NdjsonInput, options?: FromNdjsonOptions): Observable<NdjsonLine>;
export function fromNdjson<O extends ObservableInput<unknown>>(
  input: NdjsonInput,
  options: FromNdjsonProjection<O>,
): Observable<ObservedValueOf<O>>;
export function fromNdjson(input: NdjsonInput, options: Partial<FromNdjsonProjection<ObservableInput<unknown>>> = {}): Observable<unknown> {
  checkKeys(options, { project: true, maxLineBytes: true });
  const { project, maxLineBytes = 16_777_216 } = options;
  checkArgument('input', input, anInput);
  checkArgument('maxLineBytes', maxLineBytes, anInteger(1));
  if (project !== undefined) checkArgument('project', project, aFunction);

  const open = opener(input);
  return new Observable<unknown>((subscriber) => {
    const stream = open();
    const lines = new NdjsonLines(maxLineBytes);
    subscriber.add(() => {
      stream.destroy();
    });

    const emit = async (parsed: Iterable<NdjsonLine>): Promise<void> => {
      for (const line of parsed) {
        if (project === undefined) subscriber.next(line);
        else await relayed(project(line));
        if (subscriber.closed) return;
      }
    };
    // Ends when the inner one does, and when it is unsubscribed from, so that what is being read can be let go.
    const relayed = (inner: ObservableInput<unknown>): Promise<void> =>
      new Promise((resolve, reject) => {
        const subscription = from(inner).subscribe({
          next: (value) => {
            subscriber.next(value);
          },
          error: reject,
        });
        subscription.add(resolve);
        subscriber.add(subscription);
      });
    const read = async (): Promise<void> => {
      for await (const chunk of unpacked(bytesOf(stream))) {
        await emit(lines.push(chunk));
        if (subscriber.closed) return;
      }
      await emit(lines.end());
    };
    read().then(
      () => {
        subscriber.complete();
      },
      (error: unknown) => {
        subscriber.error(error);
      },
    );
  });
}

const anInput = {
  expected: 'a path, a file: URL or a stream of bytes',
  accepts: (value: unknown) =>
    value instanceof URL
      ? value.protocol === 'file:'
      : typeof value === 'string'
        ? value !== ''
        : typeof value === 'object' && value !== null && Symbol.asyncIterator in value,
};

/** Opens the input: a path as often as it is asked to, a stream once. */
function opener(input: NdjsonInput): () => Readable {
  if (typeof input === 'string' || input instanceof URL) return () => createReadStream(input);
  let isTaken = false;
  return () => {
    if (isTaken) throw new Error('A stream can be read only once; a path can be read again');
    isTaken = true;
    return input instanceof Readable ? input : Readable.from(input);
  };
}

async function* bytesOf(stream: Readable): AsyncGenerator<Buffer, void> {
  for await (const chunk of stream as AsyncIterable<unknown>) {
    if (typeof chunk === 'string') yield Buffer.from(chunk);
    else if (chunk instanceof Uint8Array) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    else throw new TypeError(`Expected the stream to give bytes or text, got ${formatValue(chunk)}`);
  }
}
