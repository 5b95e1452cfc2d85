/** Number of characters that are encoded together: less would need more calls, more would need more memory. */
const CHUNK = 8_192;
const FIRST_BYTES = 65_536;
/** A buffer larger than this, which a large batch needed, is not kept. */
const KEPT_BYTES = 1_048_576;

/**
 * Encodes consecutive texts as UTF-8.
 *
 * V8 represents a concatenated text as a tree, and copies it to new memory before encoding it. If it is encoded in small parts, both copies stay in
 * the processor's caches: a batch of 100 events takes two thirds of the time.
 */
export class Utf8Writer {
  readonly #encoder = new TextEncoder();
  #buffer = new Uint8Array(FIRST_BYTES);
  #length = 0;
  #text = '';

  /** Adds a text, which must not begin or end within a surrogate pair. */
  write(text: string): void {
    this.#text += text;
    if (this.#text.length > CHUNK) this.#encode();
  }

  /** Returns a copy of the written bytes, whose `toString` returns the text. Then starts again. */
  take(): Uint8Array {
    this.#encode();
    const bytes = this.#buffer.slice(0, this.#length);
    this.#length = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = new Uint8Array(FIRST_BYTES);
    return Object.defineProperty(bytes, 'toString', { value: () => new TextDecoder().decode(bytes) });
  }

  #encode(): void {
    const needed = this.#length + 3 * this.#text.length;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(2 * needed);
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#length += this.#encoder.encodeInto(this.#text, this.#buffer.subarray(this.#length)).written;
    this.#text = '';
  }
}
