/** A line that is not blank: its value, or the error of a bad line. `error` never contains the line's content. */
export type NdjsonLine =
  | { readonly ok: true; /** Counts from 1, blank lines included. */ readonly line: number; readonly value: unknown }
  | { readonly ok: false; readonly line: number; readonly error: string };

const NEWLINE = 0x0a;
const FIRST_CAPACITY = 65_536;

/**
 * Splits chunks of bytes into lines and parses each. A chunk may end anywhere, even within a character.
 *
 * A byte order mark, CRLF and a missing last newline are accepted. Holds at most one unfinished line, of at most `maxLineBytes`; a longer
 * one is reported as soon as it is too long, and its rest skipped.
 */
export class NdjsonLines {
  readonly #maxLineBytes: number;
  /** Strict, so that broken text becomes a bad line rather than a changed value. Drops a byte order mark. */
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  /** The start of an unfinished line: its first `#held` bytes. Grows by doubling. */
  #carry = Buffer.alloc(0);
  #held = 0;
  #line = 1;
  /** Whether the current line was reported as too long: everything up to the next newline is skipped. */
  #isTooLong = false;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The lines that `chunk` completes, each parsed when it is requested. */
  *push(chunk: Buffer): Generator<NdjsonLine, void> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield* this.#finish(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start === chunk.length || this.#isTooLong) return;
    if (this.#held + chunk.length - start <= this.#maxLineBytes) this.#hold(chunk.subarray(start));
    else yield this.#refuse();
  }

  /** The last line, if no newline ended it. */
  *end(): Generator<NdjsonLine, void> {
    if (this.#held > 0) yield* this.#finish(Buffer.alloc(0));
  }

  /** A bad line at the current position. */
  bad(error: string): NdjsonLine {
    return { ok: false, line: this.#line, error };
  }

  *#finish(piece: Buffer): Generator<NdjsonLine, void> {
    if (!this.#isTooLong) {
      if (this.#held + piece.length > this.#maxLineBytes) yield this.#refuse();
      else {
        if (this.#held > 0) this.#hold(piece);
        const line = this.#parse(this.#held > 0 ? this.#carry.subarray(0, this.#held) : piece);
        this.#release();
        if (line !== undefined) yield line;
      }
    }
    this.#isTooLong = false;
    this.#line += 1;
  }

  #parse(bytes: Buffer): NdjsonLine | undefined {
    let text: string;
    try {
      text = this.#decoder.decode(bytes);
    } catch {
      return { ok: false, line: this.#line, error: 'not valid UTF-8' };
    }
    try {
      return { ok: true, line: this.#line, value: JSON.parse(text) as unknown };
    } catch {
      // The parser's own message would quote the line.
      return text.trim() === '' ? undefined : { ok: false, line: this.#line, error: 'not valid JSON' };
    }
  }

  #refuse(): NdjsonLine {
    this.#isTooLong = true;
    this.#release();
    return { ok: false, line: this.#line, error: `longer than ${String(this.#maxLineBytes)} bytes` };
  }

  #hold(piece: Buffer): void {
    const needed = this.#held + piece.length;
    if (needed > this.#carry.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#carry.length * 2, FIRST_CAPACITY));
      this.#carry.copy(grown, 0, 0, this.#held);
      this.#carry = grown;
    }
    piece.copy(this.#carry, this.#held);
    this.#held = needed;
  }

  #release(): void {
    this.#held = 0;
    if (this.#carry.length > FIRST_CAPACITY) this.#carry = Buffer.alloc(0);
  }
}
