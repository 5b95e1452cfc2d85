const FIRST_CAPACITY = 16_384;

/**
 * Reads a stream to its end. Returns `undefined` if it has more than `maxBytes`; the caller then cancels it.
 *
 * Memory grows only with the received bytes, regardless of the announced length and of the size of chunks.
 *
 * @throws the stream's error, and a TypeError if a chunk is not bytes
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
