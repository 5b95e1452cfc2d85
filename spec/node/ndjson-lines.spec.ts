import { expect } from 'chai';
import fc from 'fast-check';
import { NdjsonLines, type NdjsonLine } from '../../lib/node/ndjson-lines.js';

const good = (line: number, value: unknown): NdjsonLine => ({ ok: true, line, value });
const bad = (line: number, error: string): NdjsonLine => ({ ok: false, line, error });

/** The lines of these chunks, with all that follows the last newline. */
function linesOf(chunks: readonly (string | Uint8Array)[], maxLineBytes = 1_000_000): readonly NdjsonLine[] {
  const lines = new NdjsonLines(maxLineBytes);
  return [...chunks.flatMap((chunk) => [...lines.push(Buffer.from(chunk))]), ...lines.end()];
}

describe('NdjsonLines', () => {
  it('parses each line, and numbers it', () => {
    expect(linesOf(['{"a":1}\n[2]\n"three"\n', 'null\n'])).to.deep.equal([
      good(1, { a: 1 }),
      good(2, [2]),
      good(3, 'three'),
      good(4, null),
    ]);
  });

  it('reports a line that is not JSON, without its content', () => {
    expect(linesOf(['1\n{"secret"\n2\n'])).to.deep.equal([good(1, 1), bad(2, 'not valid JSON'), good(3, 2)]);
  });

  it('reports text that is not UTF-8 instead of changing it', () => {
    const broken = Buffer.from([0x22, 0xc3, 0x28, 0x22, 0x0a]);
    expect(linesOf(['"a"\n', broken, '"b"\n'])).to.deep.equal([good(1, 'a'), bad(2, 'not valid UTF-8'), good(3, 'b')]);
  });

  it('leaves blank lines out, but counts them', () => {
    expect(linesOf(['\n1\n \t\n\r\n2\n\n'])).to.deep.equal([good(2, 1), good(5, 2)]);
  });

  it('accepts CRLF, and a last line without newline', () => {
    expect(linesOf(['1\r\n2\r\n3'])).to.deep.equal([good(1, 1), good(2, 2), good(3, 3)]);
  });

  it('accepts a byte order mark at the start of a line, as in files that were joined', () => {
    expect(linesOf(['\uFEFF1\n', '\uFEFF2\n\uFEFF'])).to.deep.equal([good(1, 1), good(2, 2)]);
  });

  it('returns a line with the chunk that completes it', () => {
    const lines = new NdjsonLines(100);
    expect([...lines.push(Buffer.from('[1,'))]).to.deep.equal([]);
    expect([...lines.push(Buffer.from('2]\n3'))]).to.deep.equal([good(1, [1, 2])]);
    expect([...lines.end()]).to.deep.equal([good(2, 3)]);
  });

  it('parses a line when it is requested', () => {
    const lines = new NdjsonLines(100);
    const completed = lines.push(Buffer.from('1\noops\n'));
    completed.next();
    expect(lines.bad('stopped')).to.deep.equal(bad(1, 'stopped'));
    completed.next();
    expect(lines.bad('stopped')).to.deep.equal(bad(2, 'stopped'));
  });

  it('numbers bad data after the end', () => {
    for (const [text, line] of [
      ['', 1],
      ['1\n', 2],
      ['1\n2', 3],
    ] as const) {
      const lines = new NdjsonLines(100);
      const read = [...lines.push(Buffer.from(text)), ...lines.end()];
      expect([...read, lines.bad('more')].at(-1)).to.deep.equal(bad(line, 'more'));
    }
  });

  it('does not keep the chunk: it may be used again', () => {
    const lines = new NdjsonLines(100);
    const chunk = Buffer.from('"abc');
    expect([...lines.push(chunk)]).to.deep.equal([]);
    chunk.fill(0);
    expect([...lines.push(Buffer.from('"\n'))]).to.deep.equal([good(1, 'abc')]);
  });

  it('joins a long line from many chunks, and reads shorter ones after it', () => {
    const text = 'ü😀'.repeat(30_000);
    const bytes = Buffer.from(`${JSON.stringify(text)}\n1\n`);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 999) }, (_, index) => bytes.subarray(index * 999, (index + 1) * 999));
    expect(linesOf(chunks)).to.deep.equal([good(1, text), good(2, 1)]);
  });

  it('reads the same, wherever its chunks are cut', () => {
    const bytes = Buffer.from('\uFEFF"ü😀"\r\n\n"1234567"\n{}\noops\n"too long"');
    const whole = linesOf([bytes], 8);
    expect(whole).to.deep.equal([
      ...[bad(1, 'longer than 8 bytes'), bad(3, 'longer than 8 bytes')],
      ...[good(4, {}), bad(5, 'not valid JSON'), bad(6, 'longer than 8 bytes')],
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (places) => {
        const cuts = [0, ...places.sort((a, b) => a - b), bytes.length];
        const chunks = cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
        expect(linesOf(chunks, 8)).to.deep.equal(whole);
      }),
    );
  });

  describe('with a line that is too long', () => {
    it('accepts one that is exactly as long as allowed', () => {
      expect(linesOf(['"12"\n"123"\n"45"\n'], 4)).to.deep.equal([good(1, '12'), bad(2, 'longer than 4 bytes'), good(3, '45')]);
      expect(linesOf(['"1', '2"'], 4)).to.deep.equal([good(1, '12')]);
    });

    it('reports it before its end, once, and skips the rest', () => {
      const lines = new NdjsonLines(4);
      expect([...lines.push(Buffer.from('"123'))]).to.deep.equal([]);
      expect([...lines.push(Buffer.from('4'))]).to.deep.equal([bad(1, 'longer than 4 bytes')]);
      expect([...lines.push(Buffer.from('5"'.repeat(100)))]).to.deep.equal([]);
      expect([...lines.push(Buffer.from('\n6\n'))]).to.deep.equal([good(2, 6)]);
      expect([...lines.end()]).to.deep.equal([]);
    });
  });
});
