import { expect } from 'chai';
import fc from 'fast-check';
import { nanoseconds } from '../../lib/otlp/nanoseconds.js';

describe('nanoseconds', () => {
  it('are exact where a double holds only every 256th', () => {
    expect(nanoseconds(1_700_000_000_123)).to.equal('1700000000123000000');
    expect(nanoseconds(1)).to.equal('1000000');
  });

  it('keep fractions of a millisecond, as `performance.now` has them', () => {
    expect(nanoseconds(1_700_000_000_123.5)).to.equal('1700000000123500000');
    expect(nanoseconds(1.000001)).to.equal('1000001');
    expect(nanoseconds(0.000001)).to.equal('1');
  });

  it('carry where a fraction is rounded up', () => {
    expect(nanoseconds(41.9999999)).to.equal('42000000');
    expect(nanoseconds(0.9999999)).to.equal('1000000');
  });

  it('are the nearest integer to the exact value of the double', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 18_446_744_073_708, noNaN: true }), (ms) => {
        const whole = Math.floor(ms);
        // Exact: the fraction has as many bits as the double, and a power of two as divisor.
        const exact = BigInt(whole) * 1_000_000_000_000n + BigInt(Math.round((ms - whole) * 1e12));
        const difference = BigInt(nanoseconds(ms)) * 1_000_000n - exact;
        expect(difference >= -500_001n && difference <= 500_001n).to.equal(true);
      }),
    );
  });

  it("are '0', an unknown time, where 64 bits can't hold them", () => {
    for (const time of [0, -1, NaN, Infinity, 18_446_744_073_709, 8.64e15, '5', undefined]) expect(nanoseconds(time)).to.equal('0');
    expect(BigInt(nanoseconds(18_446_744_073_708.99)) < 2n ** 64n).to.equal(true);
  });
});
