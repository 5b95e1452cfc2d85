import { expect } from 'chai';
import { endsNumber, endsWord, replaceSpans, startsNumber, startsWord } from '../../lib/redaction/spans.js';

/** Asks at the bar, which is not part of the text. */
const at = (test: (text: string, index: number) => boolean, text: string): boolean => test(text.replace('|', ''), text.indexOf('|'));

describe('replaceSpans', () => {
  it('puts a mark in place of each span', () => {
    const spanOf = ({ index }: RegExpExecArray) => ({ start: index, end: index + 3 });
    expect(replaceSpans('a1bc d2ef 3', /\d/g, '#', spanOf)).to.equal('a# d# #');
  });

  it("uses the span's own mark if there is one", () => {
    const spanOf = ({ 0: digit, index }: RegExpExecArray) => ({ start: index, end: index + 1, mark: `<${digit}>` });
    expect(replaceSpans('a1b2', /\d/g, '#', spanOf)).to.equal('a<1>b<2>');
  });

  it('skips matches inside a span', () => {
    const spanOf = ({ index }: RegExpExecArray) => ({ start: index, end: index + 3 });
    expect(replaceSpans('12345', /\d/g, '#', spanOf)).to.equal('##');
  });

  it('puts each mark at its span, even before an earlier one', () => {
    const spanOf = ({ 0: digit, index }: RegExpExecArray) => (digit === '1' ? { start: index + 1, end: index + 2 } : { start: 0, end: 1 });
    expect(replaceSpans('ab1cd2e', /\d/g, '#', spanOf)).to.equal('#b1#d2e');
  });

  it('leaves a match without a span, and a text without a match', () => {
    expect(replaceSpans('a1', /\d/g, '#', () => undefined)).to.equal('a1');
    expect(replaceSpans('ab', /\d/g, '#', ({ index }) => ({ start: index, end: index + 1 }))).to.equal('ab');
  });

  it('leaves the pattern as it was', () => {
    const pattern = /\d/g;
    pattern.lastIndex = 1;
    replaceSpans('1 2', pattern, '#', ({ index }) => ({ start: index, end: index + 1 }));
    expect(pattern.lastIndex).to.equal(1);
  });
});

describe('startsWord', () => {
  for (const text of ['|a', ' |a', '.|a', '_|a', '\\n|a', '%3D|a', ']|a', 'é|a']) {
    it(`is true at ${text}`, () => {
      expect(at(startsWord, text)).to.be.true;
    });
  }

  for (const text of ['b|a', '1|a', '\\x|a', '%|3D', '3D|a', '[redacted:api-key]|a']) {
    it(`is false at ${text}`, () => {
      expect(at(startsWord, text)).to.be.false;
    });
  }
});

describe('endsWord', () => {
  it('is true before a character that belongs to no word', () => {
    for (const text of ['a|', 'a| ', 'a|.', 'a|_', 'a|%3D', 'a|[', 'a|\\n']) expect(at(endsWord, text), text).to.be.true;
  });

  it('is false before the rest of a word, and before a mark', () => {
    for (const text of ['a|b', 'a|1', 'a|[redacted:ip]']) expect(at(endsWord, text), text).to.be.false;
  });
});

describe('startsNumber', () => {
  it('is true where a word may start', () => {
    for (const text of ['|1', ' |1', 'no.|1', '.|1', '..|1']) expect(at(startsNumber, text), text).to.be.true;
  });

  it('is false in a word, and after a point that follows a digit or a mark', () => {
    for (const text of ['a|1', '0.|1', '[redacted:ip].|1']) expect(at(startsNumber, text), text).to.be.false;
  });
});

describe('endsNumber', () => {
  it('is true where a word may end', () => {
    for (const text of ['1|', '1|.', '1|. 2', '1|.a', '1|,5']) expect(at(endsNumber, text), text).to.be.true;
  });

  it('is false in a word, and before a point that a digit or a mark follows', () => {
    for (const text of ['1|a', '1|.5', '1|.[redacted:ip]']) expect(at(endsNumber, text), text).to.be.false;
  });
});
