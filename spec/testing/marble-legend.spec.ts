import { expect } from 'chai';
import { MarbleLegend } from '../../lib/testing/marble-legend.js';

describe('MarbleLegend', () => {
  it('uses the letter that the test has for a value, the first name first', () => {
    const legend = new MarbleLegend([
      { letter: 'x', value: { n: 1 } },
      { letter: 'y', value: { n: 1 } },
    ]);
    expect(legend.letterOf({ kind: 'N', value: { n: 1 } })).to.equal('x');
    expect(legend.lines()).to.deep.equal(['  x = {"n":1}']);
  });

  it('draws a value that is a single character as itself, and does not explain it', () => {
    const legend = new MarbleLegend([]);
    expect(legend.letterOf({ kind: 'N', value: 'a' })).to.equal('a');
    expect(legend.lines()).to.deep.equal([]);
  });

  it('never uses a letter for two values', () => {
    const legend = new MarbleLegend([
      { letter: 'a', value: 1 },
      { letter: 'a', value: 2 },
    ]);
    expect([1, 2, 1].map((value) => legend.letterOf({ kind: 'N', value }))).to.deep.equal(['a', 'A', 'a']);
  });

  it('does not use a character with a special meaning for a value', () => {
    const legend = new MarbleLegend([]);
    expect(['-', '|', '#', ' ', '('].map((value) => legend.letterOf({ kind: 'N', value }))).to.deep.equal(['A', 'B', 'C', 'D', 'E']);
  });

  it('draws ends, and two different errors apart', () => {
    const legend = new MarbleLegend([]);
    const letters = [{ kind: 'C' as const }, { kind: 'E' as const, error: 'error' }, { kind: 'E' as const, error: 'other' }];
    expect(letters.map((one) => legend.letterOf(one))).to.deep.equal(['|', '#', '!']);
    expect(legend.lines()).to.deep.equal(['  ! = "other"']);
  });
});
