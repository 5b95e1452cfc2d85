import { createReadStream, statSync } from 'node:fs';
import type { Readable } from 'node:stream';

/** How much of an input has been read; of a packed file, as it is packed. */
export interface Progress {
  readonly readBytes: number;
  readonly totalBytes: number;
}

export interface FileSource {
  /** Read it immediately: an earlier error would have no listener. */
  readonly bytes: Readable;
  /** `undefined` where the size is unknown. */
  readonly progress: () => Progress | undefined;
}

const MAX_CHUNK_BYTES = 65_536;
const MIN_CHUNK_BYTES = 1_024;

/** A file's bytes, in chunks of about a hundredth of it, so that its progress can be followed. */
export function fileSource(path: string): FileSource {
  const totalBytes = sizeOf(path);
  const highWaterMark = Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, Math.ceil((totalBytes ?? Infinity) / 100)));
  const bytes = createReadStream(path, { highWaterMark });
  return { bytes, progress: () => (totalBytes === undefined ? undefined : { readBytes: bytes.bytesRead, totalBytes }) };
}

/** Unknown for anything but a regular file, or without access: reading it then reports the error. */
function sizeOf(path: string): number | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.size : undefined;
  } catch {
    return undefined;
  }
}
