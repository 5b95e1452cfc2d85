import { expect } from 'chai';
import { retryAfterMs } from '../../lib/http/retry-after.js';

describe('retryAfterMs', () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 27);

  for (const [header, ms] of [
    ['0', 0],
    ['120', 120_000],
    [' 2 ', 2_000],
    ['0.5', 500],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 10_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 10_000],
    ['Sun Nov  6 08:49:37 1994', 10_000],
    ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
  ] as const)
    it(`reads ${JSON.stringify(header)} as ${String(ms)} ms`, () => {
      expect(retryAfterMs(header, undefined, () => now)).to.equal(ms);
    });

  for (const header of [undefined, '', 'soon', '-1', '1e3', 'Sunday', 'Infinity'])
    it(`ignores ${String(header)}`, () => {
      expect(retryAfterMs(header, undefined, () => now)).to.equal(undefined);
    });

  const at = 'Sun, 06 Nov 1994 08:49:37 GMT';

  it('compares a date with the Date of the answer, not with the clock', () => {
    expect(retryAfterMs(at, 'Sun, 06 Nov 1994 08:49:27 GMT', () => now + 3_600_000)).to.equal(10_000);
    expect(retryAfterMs(at, 'Sun, 06 Nov 1994 08:50:00 GMT', () => 0)).to.equal(0);
  });

  for (const date of [null, '', 'today'])
    it(`uses the clock when the answer's date is ${String(date)}`, () => {
      expect(retryAfterMs(at, date, () => now)).to.equal(10_000);
    });
});
