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
    it(`takes ${JSON.stringify(header)} for ${String(ms)} ms`, () => {
      expect(retryAfterMs(header, now)).to.equal(ms);
    });

  for (const header of [undefined, '', 'soon', '-1', '1e3', 'Sunday', 'Infinity'])
    it(`takes nothing from ${String(header)}`, () => {
      expect(retryAfterMs(header, now)).to.equal(undefined);
    });
});
