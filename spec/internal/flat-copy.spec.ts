import { expect } from 'chai';
import { flatCopy } from '../../lib/internal/flat-copy.js';

describe('flatCopy', () => {
  for (const [name, text] of Object.entries({
    empty: '',
    quotes: '"\\"',
    controls: '\0\n\u2028',
    surrogates: '\ud800a\udc00',
    emoji: '😀',
  }))
    it(`copies exactly: ${name}`, () => {
      expect(flatCopy(text)).to.equal(text);
    });
});
