const FIRST_CAPACITY = 16_384;

/**
 * Reads a stream to its end; `undefined` when it gives more than `maxBytes`. It is then cancelled.
 *
 * Memory follows what has come, whatever was announced and however small the pieces.
 *
 * @throws what the stream fails with, and a TypeError for a stream of anything but bytes
 */
export async function readBytes(stream: ReadableStreamDefaultReader<unknown>, maxBytes: number): Promise<Uint8Array | undefined> {
  let bytes = new Uint8Array(Math.min(FIRST_CAPACITY, maxBytes));
  let length = 0;
  for (;;) {
    const { done, value } = await stream.read();
    if (done) return bytes.subarray(0, length);
    if (!(value instanceof Uint8Array)) throw new TypeError('Expected a stream of bytes');
    if (length + value.length > maxBytes) return undefined;
    if (length + value.length > bytes.length) {
      const grown = new Uint8Array(Math.min(maxBytes, Math.max(length + value.length, bytes.length * 2)));
      grown.set(bytes.subarray(0, length));
      bytes = grown;
    }
    bytes.set(value, length);
    length += value.length;
  }
}
