import { expect } from 'chai';
import fc from 'fast-check';
import { runInNewContext } from 'node:vm';
import { epochMs } from '../../lib/event/epoch-ms.js';
import { formatValue } from '../../lib/internal/check-option.js';

describe('epochMs', () => {
  it('parses the result of `toISOString`, and converts numbers and Dates', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }), (date) => {
        for (const value of [date, date.toISOString(), date.getTime()]) expect(epochMs(value)).to.equal(date.getTime());
      }),
    );
  });

  it('reads a Date of another realm', () => {
    expect(epochMs(runInNewContext('new Date(5)'))).to.equal(5);
  });

  it('returns undefined for an object that only looks like a Date', () => {
    expect(epochMs(Object.create(Date.prototype))).to.equal(undefined);
    expect(epochMs({ getTime: () => 5 })).to.equal(undefined);
  });

  for (const [text, time] of Object.entries({
    '1970-01-01': 0,
    '2024-02-29': Date.UTC(2024, 1, 29),
    '2024-01-01T00:00Z': Date.UTC(2024, 0),
    '2024-01-01t00:00:00z': Date.UTC(2024, 0),
    '2024-01-01T00:00:00.123456789Z': Date.UTC(2024, 0) + 123,
    '2024-01-01T00:00:00,5Z': Date.UTC(2024, 0) + 500,
    '2024-01-01T05:30:00+05:30': Date.UTC(2024, 0),
    '2024-01-01T05:30:00+0530': Date.UTC(2024, 0),
    '2023-12-31T19:00:00-05': Date.UTC(2024, 0),
  }))
    it(`reads ${text}`, () => {
      expect(epochMs(text)).to.equal(time);
    });

  for (const value of [
    '',
    'yesterday',
    '1',
    '2024',
    '2024-1-1',
    '2023-02-29',
    '2024-04-31',
    '2024-13-01',
    '2024-00-10',
    '2024-01-00',
    '2024-01-01T24:30:00Z',
    '2024-01-01T00:00:00',
    '2024-01-01 00:00:00Z',
    'Mon, 01 Jan 2024 00:00:00 GMT',
    '1969-12-31T23:59:59Z',
    `2024-01-01T00:00:00.${'1'.repeat(100_000)}Z`,
    -1,
    NaN,
    Infinity,
    8.64e15 + 1,
    new Date(NaN),
    new Date(-1),
    null,
    undefined,
    true,
    {},
    10n,
  ])
    it(`returns undefined for ${typeof value === 'string' ? `'${value.slice(0, 40)}'` : formatValue(value)}`, () => {
      expect(epochMs(value)).to.equal(undefined);
    });
});
