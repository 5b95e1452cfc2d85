import { mkdir, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SinkError } from '../errors/sink-error.js';
import { repairEnd } from './repair-end.js';
import { syncFolder } from './sync-folder.js';

/** Maximum attempts to write while other programs repeatedly replace the file at the path. */
const MAX_MOVES = 3;

/**
 * A text file to which whole lines are appended. The bytes of a failed or aborted append are removed.
 *
 * ```
 *   append ─► is the path still this file? ─► write ─► still? ─► appended
 *                 └ no: open the path again    └ no: cut the lines off, open the path again, write
 * ```
 *
 * Other programs may rename or delete the file, as log rotation does: lines count as appended only if the path leads to them. No other program may
 * append to it, because the end of the file is truncated after a failed append. Pipes and devices can be written to, but not truncated. Calls must
 * not overlap.
 */
export class AppendFile {
  readonly path: string;
  #handle: FileHandle | undefined;
  /** Device and inode of a regular file; `undefined` for pipes and devices, which can't be truncated, synced or renamed while open. */
  #identity: string | undefined;
  /** Bytes at the file's end that belong to a failed append and could not be truncated yet. */
  #tornBytes = 0;
  #size = 0;
  #createdAt: number | undefined;
  /** Whether the folder's entry for the file is durable. */
  #isEntrySafe = false;

  constructor(path: string) {
    this.path = path;
  }

  /** Size of the whole lines in bytes; valid after `ready`. */
  get size(): number {
    return this.#size;
  }

  /** Creation time of a file that was not empty when it was opened, in milliseconds since the epoch, if the system knows it. */
  get createdAt(): number | undefined {
    return this.#createdAt;
  }

  /** Opens the file if necessary, and removes a torn end. */
  async ready(): Promise<void> {
    await this.#cutTornEnd(await this.#opened());
  }

  /** @param isSynced whether the bytes must be durable before the append counts */
  async append(bytes: Uint8Array, signal: AbortSignal, isSynced = false): Promise<void> {
    for (let moves = 0; moves < MAX_MOVES; moves += 1) {
      const handle = await this.#opened();
      await this.#cutTornEnd(handle);
      try {
        while (this.#tornBytes < bytes.length) {
          signal.throwIfAborted();
          this.#tornBytes += (await handle.write(bytes, this.#tornBytes)).bytesWritten;
        }
        if (isSynced) await this.sync();
        // An aborted attempt doesn't count as delivered, so its lines are removed.
        signal.throwIfAborted();
        if (await this.#isCurrent()) {
          this.#tornBytes = 0;
          this.#size += bytes.length;
          return;
        }
        await this.reopen();
      } catch (error) {
        // Truncate now, because there may be no further append; if that fails, the next append tries again.
        await this.#cutTornEnd(handle).catch(ignore);
        throw error;
      }
    }
    throw new SinkError('unavailable', 'The file was moved each time it was written to', { code: 'FILE_MOVED' });
  }

  /** Makes the appended bytes durable. */
  async sync(): Promise<void> {
    const handle = this.#handle;
    if (this.#identity === undefined || handle === undefined) return;
    await handle.datasync();
    if (this.#isEntrySafe) return;
    await syncFolder(dirname(this.path));
    // Another file may have been opened in the meantime.
    if (this.#handle === handle) this.#isEntrySafe = true;
  }

  /** Syncs the file if possible, because no later `sync` applies to it, and closes it. The path is opened again when it is needed. */
  async reopen(): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) return;
    await this.#cutTornEnd(handle).catch(ignore);
    await this.sync().catch(ignore);
    await this.close();
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle === undefined) return;
    await this.#cutTornEnd(handle).catch(ignore);
    await handle.close();
  }

  async #opened(): Promise<FileHandle> {
    if (this.#handle !== undefined && !(await this.#isCurrent())) await this.reopen();
    return (this.#handle ??= await this.#open());
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.path), { recursive: true });
    const handle = await open(this.path, 'a');
    try {
      const opened = await handle.stat({ bigint: true });
      const size = Number(opened.size);
      this.#identity = opened.isFile() ? identityOf(opened) : undefined;
      this.#isEntrySafe = false;
      this.#tornBytes = 0;
      this.#createdAt = size > 0 && opened.birthtimeMs > 0n ? Number(opened.birthtimeMs) : undefined;
      // A process that died while writing may have left half a line: don't append to it.
      this.#size = this.#identity === undefined ? 0 : await repairEnd(handle, this.path, size);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Whether the path leads to the open file. */
  async #isCurrent(): Promise<boolean> {
    if (this.#identity === undefined) return true;
    try {
      return identityOf(await stat(this.path, { bigint: true })) === this.#identity;
    } catch {
      return false;
    }
  }

  async #cutTornEnd(handle: FileHandle): Promise<void> {
    if (this.#tornBytes === 0) return;
    if (this.#identity !== undefined) {
      const { size } = await handle.stat();
      // If the file was emptied, as log rotation may do, the torn end is gone already.
      await handle.truncate(Math.max(0, size - this.#tornBytes));
    }
    this.#tornBytes = 0;
  }
}

function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${String(dev)}:${String(ino)}`;
}

const ignore = (): void => undefined;
