import { expect } from 'chai';
import type { DecodeFault } from '../../lib/codecs/decode-faults.js';
import { InvalidEvents } from '../../lib/ingest/invalid-events.js';

describe('InvalidEvents', () => {
  const faults = (count: number): readonly DecodeFault[] =>
    Array.from({ length: count }, (_, index) => ({ path: `data.${String(index)}`, expected: 'number', got: 'a string' }));

  const reportOf = (events: readonly (readonly DecodeFault[])[]) => {
    const invalid = new InvalidEvents();
    for (const [index, each] of events.entries()) invalid.add(index, each);
    return invalid.report();
  };

  it('reports nothing, and no number of further events, while it is empty', () => {
    expect(reportOf([])).to.deep.equal({ invalid: [] });
  });

  it('lists events by the given index, with the first five faults', () => {
    const invalid = new InvalidEvents();
    invalid.add(7, faults(2));
    invalid.add(3, faults(6));
    expect(invalid.report()).to.deep.equal({
      invalid: [
        { index: 7, faults: faults(2) },
        { index: 3, faults: faults(5) },
      ],
    });
  });

  it('lists events after the hundredth fault without faults', () => {
    const { invalid } = reportOf(Array.from({ length: 36 }, () => faults(3)));
    expect(invalid.map((event) => event.faults.length)).to.deep.equal([...Array.from({ length: 33 }, () => 3), 1, 0, 0]);
  });

  it('counts events after the hundredth without reading their faults', () => {
    const invalid = new InvalidEvents();
    for (let index = 0; index < 99; index += 1) invalid.add(index, []);
    expect(invalid.isFull).to.equal(false);
    invalid.add(99, []);
    expect(invalid.isFull).to.equal(true);
    expect(invalid.report()).to.not.have.property('moreInvalid');
    invalid.add(100, undefined as never);
    invalid.add(101, undefined as never);
    const { invalid: listed, moreInvalid } = invalid.report();
    expect([listed.at(-1)?.index, moreInvalid]).to.deep.equal([99, 2]);
  });

  it('shortens each text of a fault to 200 characters', () => {
    const long = (length: number): DecodeFault => ({ path: 'p'.repeat(length), expected: 'e'.repeat(length), got: 'g'.repeat(length) });
    const shortened = { path: `${'p'.repeat(200)}…`, expected: `${'e'.repeat(200)}…`, got: `${'g'.repeat(200)}…` };
    expect(reportOf([[long(200), long(201)]]).invalid[0]?.faults).to.deep.equal([long(200), shortened]);
  });

  it('reports only the three texts of a fault, no other properties', () => {
    const fault = { path: 'a', expected: 'b', got: 'c', value: 'secret' };
    expect(reportOf([[fault]]).invalid).to.deep.equal([{ index: 0, faults: [{ path: 'a', expected: 'b', got: 'c' }] }]);
  });
});
