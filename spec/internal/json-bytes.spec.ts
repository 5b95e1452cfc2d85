import { expect } from 'chai';
import { jsonBytes } from '../../lib/internal/json-bytes.js';

describe('jsonBytes', () => {
  for (const value of ['abc', '\u007f', 'ä', '€', '😀', '\ud800', { naïve: ['ü', 1, null] }, 'a'.repeat(10_000)])
    it(`counts the UTF-8 bytes of ${JSON.stringify(value).slice(0, 30)}`, () => {
      const wellFormed = JSON.stringify(value).replace(/\\ud800/, '\ufffd');
      expect(jsonBytes(value)).to.equal(Buffer.byteLength(wellFormed));
    });

  it('throws for a value without a JSON form', () => {
    expect(() => jsonBytes(undefined)).to.throw(TypeError);
  });
});
