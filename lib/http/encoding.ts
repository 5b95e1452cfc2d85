/** The encoded form of one batch. Its length and its compressed form are computed at most once. */
export class Encoding {
  readonly body: string | Uint8Array;
  #bytes: number | undefined;
  #gzipped: Promise<Uint8Array> | undefined;

  /** @throws TypeError for an invalid body: a user's encoder may return anything */
  constructor(body: string | Uint8Array) {
    if (typeof body !== 'string' && !(body instanceof Uint8Array))
      throw new TypeError('Expected an encoder to return a string or a Uint8Array');
    this.body = body;
  }

  /** The length of the body in UTF-8 bytes. */
  get bytes(): number {
    const { body } = this;
    return (this.#bytes ??= typeof body === 'string' ? new TextEncoder().encode(body).byteLength : body.byteLength);
  }

  exceeds(maxBytes: number): boolean {
    // A UTF-16 code unit takes at most three bytes: most bodies needn't be measured.
    return this.body.length * (typeof this.body === 'string' ? 3 : 1) > maxBytes && this.bytes > maxBytes;
  }

  /** The body, compressed. */
  gzipped(): Promise<Uint8Array> {
    return (this.#gzipped ??= gzip(this.body));
  }
}

async function gzip(body: string | Uint8Array): Promise<Uint8Array> {
  const zipped = new Blob([body as BlobPart]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}
