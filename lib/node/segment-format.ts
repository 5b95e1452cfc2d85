import { crc32 } from 'node:zlib';
import { SinkError } from '../errors/sink-error.js';
import { isObject } from '../internal/check-option.js';
import type { StoreChange } from '../lane/lane-store.js';

/** The first line of each segment. */
export const HEADER = 'rx-event-collector spool 1\n';

/** A change as a line of a segment. */
export function lineOf(change: StoreChange): Buffer {
  const json = JSON.stringify(change);
  return Buffer.from(`${crcOf(json)} ${json}\n`);
}

const crcOf = (text: string | Buffer): string => crc32(text).toString(16).padStart(8, '0');

/** Where a line is in its segment, in bytes; the newline is included. */
export interface LinePlace {
  readonly start: number;
  readonly length: number;
}

/**
 * Calls back with each change of a segment. Returns the number of damaged lines.
 *
 * @throws SinkError for a file of another format
 */
export function readSegment(bytes: Buffer, path: string, onChange: (change: StoreChange, place: LinePlace) => void): number {
  let damaged = 0;
  const header = bytes.subarray(0, HEADER.length).toString('latin1');
  if (!HEADER.startsWith(header)) {
    throw new SinkError('rejected', `${path} is not a spool of this version`, { code: 'SPOOL_FORMAT' });
  }
  for (let start = HEADER.length; start < bytes.length;) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 ? bytes.length : newline;
    const line = bytes.subarray(start, end);
    const change = changeIn(line);
    if (change === undefined) damaged += 1;
    else onChange(change, { start, length: line.length + 1 });
    start = end + 1;
  }
  return damaged;
}

/** The change that a line holds, without its newline; `undefined` if it is damaged. */
export function changeIn(line: Buffer): StoreChange | undefined {
  const json = line.subarray(9);
  if (line.subarray(0, 8).toString('latin1') !== crcOf(json)) return undefined;
  const change: unknown = JSON.parse(json.toString());
  return isObject(change) ? (change as unknown as StoreChange) : undefined;
}
