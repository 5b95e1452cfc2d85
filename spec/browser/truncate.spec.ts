import { expect } from 'chai';
import { truncate } from '../../lib/browser/truncate.js';

describe('truncate', () => {
  it('keeps a text that fits, to the byte', () => {
    for (const text of ['', 'abc', 'äöü', '\u{1f600}\u{1f600}'])
      expect(truncate(text, new TextEncoder().encode(text).length)).to.equal(text);
    expect(truncate('abc', Infinity)).to.equal('abc');
  });

  it('cuts between characters, and never exceeds the limit', () => {
    expect(truncate('abcdef', 5)).to.equal('ab…');
    expect(truncate('\u{1f600}\u{1f600}', 7)).to.equal('\u{1f600}…');
    expect(truncate('\u{1f600}\u{1f600}', 6)).to.equal('…');
    expect(truncate('abcdef', 2)).to.equal('');
    expect(truncate('a', 0)).to.equal('');
  });
});
