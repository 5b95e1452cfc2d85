import { crc32 } from 'node:zlib';
import { SinkError } from '../errors/sink-error.js';
import type { StoreChange } from '../lane/lane-spool.js';

const NAME = 'rx-event-collector spool ';
/** The first line of each segment. */
export const HEADER = `${NAME}1\n`;
const NEWLINE = 0x0a;

/** Between the parts of a line. JSON has no such character. */
const SEPARATOR = '\t';
const CRC_LENGTH = 8;

/** A change as a line of a segment. The batches are not escaped: that would make them longer by a third. */
export function lineOf({ put, remove }: StoreChange): Buffer {
  const head = JSON.stringify({ put: put.map(({ id, position }) => ({ id, position })), remove });
  const line = Buffer.from(`${NO_CRC} ${[head, ...put.map(({ json }) => json)].join(SEPARATOR)}\n`);
  line.write(crcOf(line.subarray(CRC_LENGTH + 1, -1)), 'latin1');
  return line;
}

const NO_CRC = '0'.repeat(CRC_LENGTH);

const crcOf = (bytes: Buffer): string => crc32(bytes).toString(16).padStart(CRC_LENGTH, '0');

/** Where a line is in its segment, in bytes; the newline is included. */
export interface LinePlace {
  readonly start: number;
  readonly length: number;
}

/** What a file is, by its first line: a segment; one of another version; or neither, because it is damaged or not ours. */
function kindOf(bytes: Buffer): 'segment' | 'other version' | 'unknown' {
  const line = bytes.subarray(0, HEADER.length).toString('latin1');
  // The process may have ended while it was written.
  if (HEADER.startsWith(line)) return 'segment';
  return line.startsWith(NAME) && /^\d+\n?$/.test(line.slice(NAME.length)) ? 'other version' : 'unknown';
}

/** What was found in a file, beside changes. */
export interface SegmentReading {
  /** Lines that are not readable. */
  readonly damaged: number;
  /** Nothing in it is ours. A crash of the machine may leave zeros in place of a segment. */
  readonly isForeign: boolean;
}

/**
 * Calls back with each change of a segment.
 *
 * @throws SinkError for a file of another version
 */
export function readSegment(bytes: Buffer, path: string, onChange: (change: StoreChange, place: LinePlace) => void): SegmentReading {
  const kind = kindOf(bytes);
  if (kind === 'other version') throw new SinkError('rejected', `${path} is not a spool of this version`, { code: 'SPOOL_FORMAT' });
  let damaged = 0;
  let isForeign = kind === 'unknown' && bytes[0] !== 0;
  for (let start = kind === 'segment' ? HEADER.length : 0; start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const line = bytes.subarray(start, end);
    const change = changeIn(line);
    if (change === undefined) damaged += 1;
    else {
      isForeign = false;
      onChange(change, { start, length: line.length + 1 });
    }
    start = end + 1;
  }
  return { damaged, isForeign };
}

/** The change that a line holds, without its newline; `undefined` if it is damaged. */
export function changeIn(line: Buffer): StoreChange | undefined {
  const content = line.subarray(CRC_LENGTH + 1);
  if (content.length === 0 || line.subarray(0, CRC_LENGTH).toString('latin1') !== crcOf(content)) return undefined;
  const [head = '', ...batches] = content.toString().split(SEPARATOR);
  const { put, remove } = JSON.parse(head) as StoreChange;
  return { put: put.map(({ id, position }, index) => ({ id, position, json: batches[index] ?? '' })), remove };
}
