import { createGunzip } from 'node:zlib';

/** So that one piece can't unpack to more than 16 MiB: DEFLATE packs at most about 1,000 to 1. */
const PIECE_BYTES = 16_384;
const MAGIC = [0x1f, 0x8b];

/** The bytes themselves, or what they unpack to if they begin as gzip does, whatever their name says. */
export async function* unpacked(chunks: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  let head = Buffer.alloc(0);
  while (head.length < MAGIC.length) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const all = prepended(head, chunks);
  yield* MAGIC.every((byte, index) => head[index] === byte) ? gunzipped(all) : all;
}

/**
 * Unpacks gzip, of several members too, and gives everything that came before damage or a missing end before it throws.
 *
 * zlib's stream, iterated, would throw away what is unpacked but not yet read when it meets the damage. So it is fed piece by piece,
 * each when all that the one before had in it has been taken.
 */
async function* gunzipped(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const gunzip = createGunzip();
  let taken: Buffer[] = [];
  let failure: Error | undefined;
  gunzip.on('data', (bytes: Buffer) => taken.push(bytes));
  const ended = new Promise<void>((resolve) => {
    gunzip.once('end', resolve).once('error', (error) => {
      failure = error;
      resolve();
    });
  });
  const take = function* (): Generator<Buffer, void> {
    const bytes = taken;
    taken = [];
    yield* bytes;
    if (failure !== undefined) throw failure;
  };
  try {
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
        const piece = chunk.subarray(start, start + PIECE_BYTES);
        await Promise.race([ended, new Promise((resolve) => gunzip.write(piece, resolve))]);
        yield* take();
      }
    }
    gunzip.end();
    await ended;
    yield* take();
  } finally {
    gunzip.destroy();
  }
}

async function* prepended(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  if (head.length > 0) yield head;
  yield* rest;
}
