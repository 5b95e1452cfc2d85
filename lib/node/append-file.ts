import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { repairEnd } from './repair-end.js';

/**
 * A text file that grows by whole lines: an append that fails or is given up leaves nothing of itself behind.
 *
 * Opened when it is first needed, folders included, and written by nobody else meanwhile: taking back a torn append cuts the file's end.
 * Pipes and devices are written to, but can't take anything back. Calls must not overlap.
 */
export class AppendFile {
  readonly path: string;
  #handle: FileHandle | undefined;
  /** A regular file can be cut and synced; a pipe can't. */
  #isRegular = false;
  /** Bytes at the file's end that belong to an append that failed, while they couldn't be cut off yet. */
  #tornBytes = 0;
  #size = 0;
  #madeAt: number | undefined;
  /** Whether a crash of the machine would find the file under its name. */
  #isEntrySafe = false;

  constructor(path: string) {
    this.path = path;
  }

  /** Bytes in whole lines, of a file that is ready. */
  get size(): number {
    return this.#size;
  }

  /** Epoch milliseconds at which a file that is ready and held something already was made, where the system knows. */
  get madeAt(): number | undefined {
    return this.#madeAt;
  }

  /** Opens the file if it isn't, and rids it of what doesn't belong there. */
  async ready(): Promise<void> {
    await this.#cutTornEnd(await this.#opened());
  }

  /** @param isSynced whether it is to be durable before it counts */
  async append(bytes: Uint8Array, signal: AbortSignal, isSynced = false): Promise<void> {
    const handle = await this.#opened();
    await this.#cutTornEnd(handle);
    try {
      while (this.#tornBytes < bytes.length) {
        signal.throwIfAborted();
        this.#tornBytes += (await handle.write(bytes, this.#tornBytes)).bytesWritten;
      }
      if (isSynced) await this.sync();
      // Nobody books an append that was given up meanwhile, so it mustn't stay either.
      signal.throwIfAborted();
      this.#tornBytes = 0;
      this.#size += bytes.length;
    } catch (error) {
      // Now, because there may be no next append; and if it can't be done now, before that.
      await this.#cutTornEnd(handle).catch(ignore);
      throw error;
    }
  }

  /** Makes durable what was appended. */
  async sync(): Promise<void> {
    const handle = this.#handle;
    if (!this.#isRegular || handle === undefined) return;
    await handle.datasync();
    if (this.#isEntrySafe) return;
    await syncFolder(dirname(this.path));
    // Another file may have been begun meanwhile.
    if (this.#handle === handle) this.#isEntrySafe = true;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle === undefined) return;
    await this.#cutTornEnd(handle).catch(ignore);
    await handle.close();
  }

  async #opened(): Promise<FileHandle> {
    return (this.#handle ??= await this.#open());
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.path), { recursive: true });
    const handle = await open(this.path, 'a');
    try {
      const stat = await handle.stat();
      this.#isRegular = stat.isFile();
      this.#isEntrySafe = false;
      this.#tornBytes = 0;
      this.#madeAt = stat.size > 0 && stat.birthtimeMs > 0 ? stat.birthtimeMs : undefined;
      // A process that died while it wrote left half a line: ours must not be glued to it.
      this.#size = this.#isRegular ? await repairEnd(handle, this.path, stat.size) : 0;
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #cutTornEnd(handle: FileHandle): Promise<void> {
    if (this.#tornBytes === 0) return;
    if (this.#isRegular) {
      const { size } = await handle.stat();
      // Someone may have emptied the file, as log rotation does: then the torn end is gone already.
      await handle.truncate(Math.max(0, size - this.#tornBytes));
    }
    this.#tornBytes = 0;
  }
}

/** Where a system can't do that, there is nothing else to be done. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch {
    // Windows, some network drives.
  }
}

const ignore = (): void => undefined;
