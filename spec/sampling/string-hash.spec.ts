import { expect } from 'chai';
import { stringHash } from '../../lib/sampling/string-hash.js';
import { numbers } from '../support/sampled.js';

/** The string whose code units are these bytes, low byte first. */
const ofBytes = (...bytes: number[]): string =>
  String.fromCharCode(...numbers(bytes.length / 2).map((pair) => (bytes[2 * pair] ?? 0) | ((bytes[2 * pair + 1] ?? 0) << 8)));

describe('stringHash', () => {
  it('is MurmurHash3_x86_32, by its published test vectors', () => {
    expect(stringHash('', 0)).to.equal(0);
    expect(stringHash('', 1)).to.equal(0x514e28b7);
    expect(stringHash('', 0xffffffff)).to.equal(0x81f16f39);
    expect(stringHash(ofBytes(0, 0), 0)).to.equal(0x30f4c306);
    expect(stringHash(ofBytes(0, 0, 0, 0), 0)).to.equal(0x2362f9de);
    expect(stringHash(ofBytes(0xff, 0xff, 0xff, 0xff), 0)).to.equal(0x76293b50);
    expect(stringHash(ofBytes(0x21, 0x43), 0)).to.equal(0xa0f7b07a);
    expect(stringHash(ofBytes(0x21, 0x43, 0x65, 0x87), 0)).to.equal(0xf55b516b);
    expect(stringHash(ofBytes(0x21, 0x43, 0x65, 0x87), 0x5082edee)).to.equal(0x2362f9de);
  });

  it('changes half of its bits for every bit of its input', () => {
    const text = 'session-4711';
    const flips = numbers(text.length * 8).map((bit) => {
      const index = bit >> 3;
      const other = String.fromCharCode(text.charCodeAt(index) ^ (1 << (bit & 7)));
      return stringHash(text, 7) ^ stringHash(text.slice(0, index) + other + text.slice(index + 1), 7);
    });
    for (const bit of numbers(32)) {
      const changed = flips.filter((flip) => ((flip >>> bit) & 1) === 1).length;
      expect(changed / flips.length, `bit ${String(bit)}`).to.be.closeTo(0.5, 0.2);
    }
  });

  it('spreads numbers in a row evenly', () => {
    const buckets = new Array<number>(64).fill(0);
    for (const n of numbers(64_000)) buckets[stringHash(`user-${String(n)}`, 0) >>> 26]! += 1;
    const chiSquare = buckets.reduce((total, count) => total + (count - 1_000) ** 2 / 1_000, 0);
    // 63 degrees of freedom: 110 is exceeded once in 5,000 times.
    expect(chiSquare).to.be.below(110);
  });
});
