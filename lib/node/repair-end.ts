import { open, type FileHandle } from 'node:fs/promises';

const NEWLINE = 0x0a;
const BLOCK_BYTES = 65_536;

/**
 * Makes a file of lines end with a newline, and returns its size.
 *
 * The process or the machine may have died while the last line was written. Its event was never reported as delivered, so half a line of an event is
 * removed. After any other end (a whole event without a newline, or text from an editor), a newline is added.
 */
export async function repairEnd(handle: FileHandle, path: string, size: number): Promise<number> {
  const last = await lastLine(path, size);
  if (last.length === 0) return size;
  if (isTorn(last)) {
    await handle.truncate(size - last.length);
    return size - last.length;
  }
  await handle.write('\n');
  return size + 1;
}

/** The text after the last newline. */
async function lastLine(path: string, size: number): Promise<Buffer> {
  let reader: FileHandle | undefined;
  /** Read backwards, and joined once: a crash may have left a long end without a newline. */
  const pieces: Buffer[] = [];
  try {
    reader = await open(path, 'r');
    for (let end = size; end > 0;) {
      const start = Math.max(0, end - (end === size ? 1 : BLOCK_BYTES));
      const { buffer, bytesRead } = await reader.read(Buffer.alloc(end - start), 0, end - start, start);
      const newline = buffer.lastIndexOf(NEWLINE);
      pieces.push(buffer.subarray(newline + 1, bytesRead));
      if (newline >= 0 || bytesRead === 0) break;
      end = start;
    }
    return Buffer.concat(pieces.reverse());
  } catch {
    // The file is writable but not readable: assume that its end is complete.
    return Buffer.alloc(0);
  } finally {
    await reader?.close();
  }
}

/** Whether a line starts like the JSON of an event and is incomplete, or starts with zeros, which some file systems leave after a crash. */
function isTorn(line: Buffer): boolean {
  if (line[0] === 0) return true;
  if (line[0] !== 0x7b) return false;
  try {
    JSON.parse(line.toString());
    return false;
  } catch {
    return true;
  }
}
