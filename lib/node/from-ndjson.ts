import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { from, Observable, type ObservableInput, type ObservedValueOf } from 'rxjs';
import { aFunction, anInteger, checkArgument, formatValue, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { aPath } from './a-path.js';
import { NdjsonLines, type NdjsonLine } from './ndjson-lines.js';
import { unpacked } from './unpacked.js';

export type { NdjsonLine };

/** A file, or a stream of bytes, which can be read once. */
export type NdjsonInput = string | URL | AsyncIterable<Uint8Array | string>;

export interface FromNdjsonOptions {
  /** Maximum length of a line. A longer one is emitted as a bad line, and not kept in memory. @default 16_777_216 (16 MiB) */
  readonly maxLineBytes?: number | undefined;
}

export interface FromNdjsonProjection<O extends ObservableInput<unknown>> extends FromNdjsonOptions {
  /** Called with each line. Its values are emitted by the result; the next line follows when it has completed. */
  readonly project: (line: NdjsonLine) => O;
}

type Options = Partial<FromNdjsonProjection<ObservableInput<unknown>>>;

const OPTIONS = optionsOf<Options, 'project'>(() => ({ maxLineBytes: [anInteger(1), 16_777_216], project: [aFunction] }));

/**
 * Reads newline-delimited JSON, plain or gzip, as values. A line that can't be parsed is emitted as a value, too, and is not an error.
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
 * **Back-pressure.** Without `project`, lines are emitted as fast as the file is read: the lines of a chunk synchronously, and the next chunk is
 * requested when `next` has returned. With `project`, the result equals `fromNdjson(path).pipe(concatMap(project))`, but reading the file waits as
 * well: nothing is queued. Memory holds two chunks and one unfinished line, regardless of the size of the file and of the duration of `project`.
 *
 * gzip is recognised by its first bytes, not by the file's name; consecutive members are supported. Blank lines are left out, but counted. Each
 * subscription to a path reads the file again; a stream can be read once. A missing file, damaged or truncated gzip, and a `project` that fails are
 * errors, after all lines before them. Bytes after a complete gzip member that are not gzip are a bad line at the end. Unsubscribing closes the file
 * or destroys the stream, and unsubscribes from `project`.
 *
 * @throws TypeError for an invalid input, or an invalid or unknown option
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
export function fromNdjson(input: NdjsonInput, options?: Options): Observable<unknown> {
  const { project, maxLineBytes } = OPTIONS.parse(options);
  checkArgument('input', input, anInput);

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
    // The promise also resolves after an unsubscription, so that the source can be closed.
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
      let hasTrailingBytes = false;
      const bytes = unpacked(bytesOf(stream), () => {
        hasTrailingBytes = true;
      });
      for await (const chunk of bytes) {
        await emit(lines.push(chunk));
        if (subscriber.closed) return;
      }
      await emit(lines.end());
      if (hasTrailingBytes && !subscriber.closed) await emit([lines.bad('bytes after the end of the gzip data')]);
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

const anInput: Expectation = {
  expected: 'a path, a file: URL or a stream of bytes',
  accepts: (value) => aPath.accepts(value) || (typeof value === 'object' && value !== null && Symbol.asyncIterator in value),
};

/** Opens the input: a path any number of times, a stream once. */
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
    else throw new TypeError(`Expected the stream to emit bytes or text, got ${formatValue(chunk)}`);
  }
}
