import { expect } from 'chai';
import { clock, instant } from '../../../lib/devtools/element/dom.js';

describe('times in devtools', () => {
  it('are the time of day, and ISO 8601', () => {
    const noon = new Date(2026, 10, 29, 12, 30, 5).getTime();
    expect(clock(noon)).to.equal('12:30:05');
    expect(instant(0)).to.equal('1970-01-01T00:00:00.000Z');
  });

  it('may lie beyond every date, if a collector elsewhere sends them', () => {
    expect(clock(1e20)).to.equal('–');
    expect(instant(1e20)).to.equal('100,000,000,000,000,000,000 ms since 1970');
    expect(clock(NaN)).to.equal('–');
  });
});
