import { open, type FileHandle } from 'node:fs/promises';

const NEWLINE = 0x0a;
const BLOCK_BYTES = 65_536;

/**
 * Sees to it that a file of lines ends with one, and gives its size then.
 *
 * The process, or the machine, may have died while the last line was written. Nobody has been told that its event was delivered, so half a
 * line of ours is cut off. Anything else, a whole event that lacks its newline, or what an editor left there, is given its newline.
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

/** What stands behind the last newline. */
async function lastLine(path: string, size: number): Promise<Buffer> {
  let reader: FileHandle | undefined;
  /** From the end to the beginning, and put together once: a crash may have left a long end without any newline. */
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
    // Writable and not readable: then nothing can be known, and nothing is assumed to be wrong.
    return Buffer.alloc(0);
  } finally {
    await reader?.close();
  }
}

/** Begins as our lines do, or with the zeros that a file system puts where nothing was written before it crashed; and isn't whole. */
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
