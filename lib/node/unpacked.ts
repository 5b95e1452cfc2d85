import { createGunzip } from 'node:zlib';

/** Size of a piece of input. It unpacks to at most 16 MiB: DEFLATE compresses at most about 1,000 to 1. */
const PIECE_BYTES = 16_384;
const MAGIC = [0x1f, 0x8b];

/**
 * Unpacks bytes that start like gzip, regardless of the file's name; passes on others unchanged.
 *
 * @param onTrailingBytes called if bytes that are not gzip follow a complete member
 */
export async function* unpacked(chunks: AsyncGenerator<Buffer, void>, onTrailingBytes: () => void): AsyncGenerator<Buffer, void> {
  let head = Buffer.alloc(0);
  while (head.length < MAGIC.length) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const all = prepended(head, chunks);
  yield* MAGIC.every((byte, index) => head[index] === byte) ? gunzipped(all, onTrailingBytes) : all;
}

/**
 * Unpacks gzip of one or more members. Before it throws because of damage or a missing end, it yields every byte up to there.
 *
 * If zlib finds damage in a piece, it discards the bytes that it has unpacked from this piece. Therefore a second instance follows one piece behind,
 * and unpacks the damaged piece byte by byte.
 */
async function* gunzipped(chunks: AsyncIterable<Buffer>, onTrailingBytes: () => void): AsyncGenerator<Buffer, void> {
  const ahead = new Gunzip();
  const behind = new Gunzip();
  /** The piece that only the first instance has unpacked. */
  let last: Buffer = Buffer.alloc(0);
  let inputBytes = 0;
  try {
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
        const piece = chunk.subarray(start, start + PIECE_BYTES);
        inputBytes += piece.length;
        const isPadding = ahead.hasEnded;
        const output = await ahead.write(piece);
        await behind.write(last);
        last = piece;
        if (ahead.failure !== undefined) {
          for (let at = 0; at < piece.length && behind.failure === undefined; at += 1)
            yield* await behind.write(piece.subarray(at, at + 1));
          // An incorrect header means that the bytes after a member are not gzip.
          if (ahead.failure.message !== 'incorrect header check') throw ahead.failure;
          onTrailingBytes();
          return;
        }
        yield* output;
        // zlib ends at a zero byte after a member, which may be padding.
        const unread = isPadding ? piece : ahead.hasEnded ? piece.subarray(piece.length - (inputBytes - ahead.consumedBytes)) : undefined;
        if (unread?.some((byte) => byte !== 0) === true) {
          onTrailingBytes();
          return;
        }
      }
    }
    yield* await ahead.end();
    if (ahead.failure === undefined) return;
    // A single byte after a member looks like the start of another one. If the byte before it ended a member, a zero in its place ends the stream.
    await behind.write(last.subarray(0, -1));
    await behind.write(Buffer.alloc(1));
    if (!behind.hasEnded) throw ahead.failure;
    onTrailingBytes();
  } finally {
    ahead.destroy();
    behind.destroy();
  }
}

/** A zlib stream that is written to sequentially. */
class Gunzip {
  readonly #gunzip = createGunzip();
  #output: Buffer[] = [];
  readonly #settled: Promise<void>;
  failure: Error | undefined;
  hasEnded = false;

  constructor() {
    this.#gunzip.on('data', (bytes: Buffer) => this.#output.push(bytes));
    this.#settled = new Promise((resolve) => {
      this.#gunzip
        .once('end', () => {
          this.hasEnded = true;
          resolve();
        })
        .once('error', (error) => {
          this.failure = error;
          resolve();
        });
    });
  }

  get consumedBytes(): number {
    return this.#gunzip.bytesWritten;
  }

  /** Returns the bytes that the piece unpacks to; none after the end or a failure. */
  async write(piece: Buffer): Promise<Buffer[]> {
    if (piece.length > 0 && this.failure === undefined && !this.hasEnded) {
      await Promise.race([this.#settled, new Promise((resolve) => this.#gunzip.write(piece, resolve))]);
    }
    return this.#taken();
  }

  async end(): Promise<Buffer[]> {
    this.#gunzip.end();
    await this.#settled;
    return this.#taken();
  }

  destroy(): void {
    this.#gunzip.destroy();
  }

  #taken(): Buffer[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }
}

async function* prepended(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  if (head.length > 0) yield head;
  yield* rest;
}
