import { expect } from 'chai';
import fc from 'fast-check';
import { gunzipSync } from 'node:zlib';
import { Encoding } from '../../lib/http/encoding.js';

describe('Encoding', () => {
  it('has the length in UTF-8, and compares it with a limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'ü', '€', '😀', '\ud800') }), fc.nat(100), (text, maxBytes) => {
        const { length } = Buffer.from(text);
        for (const body of [text, new Uint8Array(length)]) {
          const encoding = new Encoding(body);
          expect([encoding.exceeds(maxBytes), encoding.bytes]).to.deep.equal([length > maxBytes, length]);
        }
      }),
    );
  });

  it('throws for an invalid body', () => {
    expect(() => new Encoding(undefined as never)).to.throw(TypeError, 'Expected an encoder to return a string or a Uint8Array');
  });

  it('zips texts and bytes, once', async () => {
    const text = 'ü😀'.repeat(1_000);
    for (const body of [text, new TextEncoder().encode(text)]) {
      const encoding = new Encoding(body);
      const zipped = await encoding.gzipped();
      expect(gunzipSync(zipped).toString()).to.equal(text);
      expect(await encoding.gzipped()).to.equal(zipped);
    }
  });
});
