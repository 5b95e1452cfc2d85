import { expect } from 'chai';
import fc from 'fast-check';
import { keyOf, rowOf, textOf } from '../../lib/node/event-row.js';
import { anEvent } from '../support/an-event.js';

/** Any sequence of UTF-16 units: lone surrogates, NULs and quotes more often than chance has them. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 0x22, 0x5c, 0xd800, 0xdfff)))
  .map((units) => String.fromCharCode(...units));

describe('event-row', () => {
  it('has keys that are text for SQLite, and from which any string can be restored', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const key = keyOf(text);
        expect(key).not.to.include('\0');
        expect(Buffer.from(key).toString()).to.equal(key);
        expect(textOf(key)).to.equal(text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves keys readable wherever it can', () => {
    for (const text of ['click', '01a21798-f2ad-7202-bd33-2addd725756a', 'ü 😀', "it's", 'a"b', '']) expect(keyOf(text)).to.equal(text);
  });

  it('contains the queried fields and the whole event', () => {
    const event = anEvent({ id: 'i', type: 't', category: 'error', sessionId: undefined, timestamp: 1.5, weight: 2 });
    expect(rowOf(event)).to.deep.equal(['i', 't', 'error', null, 1.5, 2, JSON.stringify(event)]);
  });
});
