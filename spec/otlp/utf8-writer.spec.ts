import { expect } from 'chai';
import fc from 'fast-check';
import { Utf8Writer } from '../../lib/otlp/utf8-writer.js';

describe('Utf8Writer', () => {
  it('joins texts of any length, one result after the other', () => {
    const writer = new Utf8Writer();
    const text = fc.tuple(fc.string({ unit: 'grapheme' }), fc.constantFrom(0, 1, 500, 40_000)).map(([part, times]) => part.repeat(times));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), (texts) => {
        for (const each of texts) writer.write(each);
        expect(Buffer.from(writer.take()).equals(Buffer.from(texts.join('')))).to.equal(true);
      }),
      { numRuns: 100 },
    );
  });

  it('returns copies, whose `toString` is the text', () => {
    const writer = new Utf8Writer();
    writer.write('{"a":"ü😀"}');
    const first = writer.take();
    writer.write('second');
    expect([String(first), String(writer.take()), String(writer.take())]).to.deep.equal(['{"a":"ü😀"}', 'second', '']);
    expect(Object.keys(first)).to.have.length(first.length);
  });
});
