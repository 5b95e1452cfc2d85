import { expect } from 'chai';
import { changeIn, HEADER, lineOf, readSegment, type LinePlace, type SegmentReading } from '../../lib/node/segment-format.js';
import type { StoreChange } from '../../lib/lane/lane-spool.js';
import { thrownBy } from '../support/attempt.js';

const put = (...ids: string[]): StoreChange => ({ put: ids.map((id, position) => ({ id, position, json: `{"id":"${id}"}` })), remove: [] });

function read(
  ...parts: readonly (string | Buffer)[]
): SegmentReading & { readonly ids: readonly string[]; readonly places: readonly LinePlace[] } {
  const changes: StoreChange[] = [];
  const places: LinePlace[] = [];
  const reading = readSegment(Buffer.concat(parts.map((part) => Buffer.from(part))), '1.log', (change, place) => {
    changes.push(change);
    places.push(place);
  });
  return { ...reading, ids: changes.flatMap((change) => change.put.map(({ id }) => id)), places };
}

describe('A line of a segment', () => {
  const changes: Readonly<Record<string, StoreChange>> = {
    'several batches and removals': { put: put('a', 'b').put, remove: ['c', 'd'] },
    'removals only': { put: [], remove: ['c'] },
    'escaped tabs and newlines, and characters of any length': {
      put: [{ id: '\t\n', position: 0.5, json: JSON.stringify('\t\n\u2028ü😀') }],
      remove: ['\t'],
    },
  };
  for (const [title, change] of Object.entries(changes)) {
    it(`holds ${title}`, () => {
      const line = lineOf(change);
      expect(line.indexOf('\n')).to.equal(line.length - 1);
      expect(changeIn(line.subarray(0, -1))).to.deep.equal(change);
    });
  }

  it('is damaged if any of its bytes is changed, or if its end is missing', () => {
    const line = lineOf(put('a')).subarray(0, -1);
    for (const [at, byte] of line.entries()) {
      // The blank after the checksum carries nothing.
      if (at === 8) continue;
      const damaged = Buffer.from(line);
      damaged[at] = byte ^ 1;
      expect(changeIn(damaged), `byte ${String(at)}`).to.equal(undefined);
      expect(changeIn(line.subarray(0, at)), `${String(at)} bytes`).to.equal(undefined);
    }
  });

  it('is damaged if it is empty, although the checksum of nothing is zero', () => {
    for (const line of ['00000000 ', '00000000', '']) expect(changeIn(Buffer.from(line))).to.equal(undefined);
  });
});

describe('readSegment', () => {
  it('returns each change with its place in the file', () => {
    const lines = [lineOf(put('a')), lineOf(put('ü', 'b'))];
    const { ids, places, ...reading } = read(HEADER, ...lines);
    expect(reading).to.deep.equal({ damaged: 0, isForeign: false });
    expect(ids).to.deep.equal(['a', 'ü', 'b']);
    expect(places).to.deep.equal([
      { start: HEADER.length, length: lines[0]!.length },
      { start: HEADER.length + lines[0]!.length, length: lines[1]!.length },
    ]);
  });

  it('skips damaged lines and a torn end, and counts them', () => {
    const torn = lineOf(put('z')).subarray(0, -5);
    expect(read(HEADER, lineOf(put('a')), 'oops\n', lineOf(put('b')), torn)).to.deep.include({
      damaged: 2,
      isForeign: false,
      ids: ['a', 'b'],
    });
  });

  it('reads a last line that lacks only its newline', () => {
    expect(read(HEADER, lineOf(put('a')).subarray(0, -1))).to.deep.include({ damaged: 0, ids: ['a'] });
  });

  it('accepts a header that was not written in full', () => {
    for (const header of ['', HEADER.slice(0, 5), HEADER.slice(0, -1)]) expect(read(header)).to.include({ damaged: 0, isForeign: false });
  });

  it('reads lines after a damaged header', () => {
    expect(read(HEADER.replace('rx-', 'rx_'), lineOf(put('a')))).to.deep.include({ damaged: 1, isForeign: false, ids: ['a'] });
  });

  it('distinguishes a foreign file from zeros that a crash has left', () => {
    expect(read('GET / 200\nGET / 200\n')).to.include({ damaged: 2, isForeign: true });
    expect(read(Buffer.alloc(100))).to.include({ damaged: 1, isForeign: false });
  });

  for (const version of ['2', '10', '123']) {
    it(`refuses version ${version}`, () => {
      const header = HEADER.replace('1\n', `${version}\n`);
      expect(thrownBy(() => read(header, lineOf(put('a'))))).to.include({ kind: 'rejected', code: 'SPOOL_FORMAT', retryable: false });
    });
  }
});
