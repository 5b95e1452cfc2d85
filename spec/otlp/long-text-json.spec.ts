import { expect } from 'chai';
import fc from 'fast-check';
import { toJson } from '../../lib/internal/json-value.js';
import { longTextJson } from '../../lib/otlp/long-text-json.js';

describe('longTextJson', () => {
  const parts = fc.array(
    fc.constantFrom('"', '\\', '\n', '\r', '\t', '\0', '\u007f', '\u2028', '\ud83d', '\ude00', '😀', 'ü', '\\n', '\\u', 'a b'),
  );

  it('writes what JSON.stringify writes, with U+FFFD for a lone surrogate', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          parts.map((all) => all.join('')),
        ),
        fc.constantFrom('', 'x'.repeat(100)),
        (text, more) => {
          expect(longTextJson(text + more)).to.equal(toJson(text + more));
          expect(longTextJson(more + text)).to.equal(toJson(more + text));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('escapes the quotes, backslashes and line feeds of a stack trace', () => {
    const stack = `TypeError: "price"\n    at C:\\shop\\cart.js:1:2\n`.repeat(10);
    expect(longTextJson(stack)).to.equal(JSON.stringify(stack));
  });
});
