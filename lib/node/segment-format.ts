import { crc32 } from 'node:zlib';
import { SinkError } from '../errors/sink-error.js';
import type { StoreChange } from '../lane/lane-spool.js';

const NAME = 'rx-event-collector spool ';
/** The first line of each segment. */
export const HEADER = `${NAME}1\n`;
const NEWLINE = 0x0a;

/** Separates the parts of a line. JSON text contains no tab. */
const SEPARATOR = '\t';
const CRC_LENGTH = 8;

/** Formats a change as a line of a segment. Batches are written as raw JSON: as escaped strings they would be a third longer. */
export function lineOf({ put, remove }: StoreChange): Buffer {
  const head = JSON.stringify({ put: put.map(({ id, position }) => ({ id, position })), remove });
  const line = Buffer.from(`${NO_CRC} ${[head, ...put.map(({ json }) => json)].join(SEPARATOR)}\n`);
  line.write(crcOf(line.subarray(CRC_LENGTH + 1, -1)), 'latin1');
  return line;
}

const NO_CRC = '0'.repeat(CRC_LENGTH);

const crcOf = (bytes: Buffer): string => crc32(bytes).toString(16).padStart(CRC_LENGTH, '0');

/** The position and length of a line in its segment, in bytes, including the newline. */
export interface LinePlace {
  readonly start: number;
  readonly length: number;
}

/** The kind of a file, by its first line: a segment, a segment of another version, or unknown, because it is damaged or foreign. */
function kindOf(bytes: Buffer): 'segment' | 'other version' | 'unknown' {
  const line = bytes.subarray(0, HEADER.length).toString('latin1');
  // The process may have ended while the header was written.
  if (HEADER.startsWith(line)) return 'segment';
  return line.startsWith(NAME) && /^\d+\n?$/.test(line.slice(NAME.length)) ? 'other version' : 'unknown';
}

/** The result of reading a segment, in addition to its changes. */
export interface SegmentReading {
  /** Number of unreadable lines. */
  readonly damaged: number;
  /** Whether the file is not a segment. A crash of the machine may leave zeros in place of a segment. */
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

/** The change in a line, which is passed without its newline; `undefined` if it is damaged. */
export function changeIn(line: Buffer): StoreChange | undefined {
  const content = line.subarray(CRC_LENGTH + 1);
  if (content.length === 0 || line.subarray(0, CRC_LENGTH).toString('latin1') !== crcOf(content)) return undefined;
  const [head = '', ...batches] = content.toString().split(SEPARATOR);
  const { put, remove } = JSON.parse(head) as StoreChange;
  return { put: put.map(({ id, position }, index) => ({ id, position, json: batches[index] ?? '' })), remove };
}
