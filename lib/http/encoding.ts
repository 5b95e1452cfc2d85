/** The encoded form of one batch, and what is made of it once at most. */
export class Encoding {
  readonly body: string | Uint8Array;
  #bytes: number | undefined;
  #gzipped: Promise<Uint8Array> | undefined;

  constructor(body: string | Uint8Array) {
    this.body = body;
  }

  /** The length of the body in UTF-8. */
  get bytes(): number {
    const { body } = this;
    return (this.#bytes ??= typeof body === 'string' ? new TextEncoder().encode(body).byteLength : body.byteLength);
  }

  exceeds(maxBytes: number): boolean {
    // A UTF-16 unit takes three bytes at most: most bodies need not be measured.
    return this.body.length * (typeof this.body === 'string' ? 3 : 1) > maxBytes && this.bytes > maxBytes;
  }

  /** The body, zipped. */
  gzipped(): Promise<Uint8Array> {
    return (this.#gzipped ??= gzip(this.body));
  }
}

async function gzip(body: string | Uint8Array): Promise<Uint8Array> {
  const zipped = new Blob([body as BlobPart]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}
