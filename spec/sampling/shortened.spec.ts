import { expect } from 'chai';
import { shortened } from '../../lib/sampling/shortened.js';

describe('shortened', () => {
  it('returns a text that fits unchanged', () => {
    expect(shortened('x'.repeat(64), 64)).to.equal('x'.repeat(64));
  });

  it('returns exactly maxLength characters for a longer text', () => {
    const short = shortened('abc'.repeat(100), 64);
    expect(short).to.have.length(64);
    expect(short.startsWith('abcabc')).to.equal(true);
    expect(short).to.match(/…300\.[0-9a-z]+\.[0-9a-z]+$/);
  });

  it('distinguishes long texts that differ only at the end, or in length', () => {
    const long = 'x'.repeat(300);
    expect(new Set([`${long}a`, `${long}b`, `${long}aa`].map((text) => shortened(text, 64))).size).to.equal(3);
  });

  it('returns the same result for the same text', () => {
    expect(shortened('y'.repeat(500), 64)).to.equal(shortened('y'.repeat(500), 64));
  });
});
