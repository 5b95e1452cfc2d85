import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEWLINE = 0x0a;

/**
 * A text file that grows by whole lines: an append that fails or is given up leaves nothing of itself behind.
 *
 * Opened at the first append, folders included, and written by nobody else meanwhile: taking back a torn append cuts the file's end.
 * Pipes and devices are written to, but can't take anything back. Calls must not overlap.
 */
export class AppendFile {
  readonly #path: string;
  #handle: FileHandle | undefined;
  /** A regular file can be cut and synced; a pipe can't. */
  #isRegular = false;
  /** Bytes at the file's end that belong to an append that failed, while they couldn't be cut off yet. */
  #tornBytes = 0;

  constructor(path: string | URL) {
    this.#path = path instanceof URL ? fileURLToPath(path) : path;
  }

  async append(lines: string, signal: AbortSignal): Promise<void> {
    const handle = (this.#handle ??= await this.#open());
    await this.#cutTornEnd(handle);
    const bytes = Buffer.from(lines);
    try {
      while (this.#tornBytes < bytes.length) {
        signal.throwIfAborted();
        this.#tornBytes += (await handle.write(bytes, this.#tornBytes)).bytesWritten;
      }
      // Nobody books an append that was given up meanwhile, so it mustn't stay either.
      signal.throwIfAborted();
      this.#tornBytes = 0;
    } catch (error) {
      // Now, because there may be no next append; and if it can't be done now, before that.
      await this.#cutTornEnd(handle).catch(ignore);
      throw error;
    }
  }

  /** Makes durable what was appended. */
  async sync(): Promise<void> {
    if (this.#isRegular) await this.#handle?.datasync();
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle === undefined) return;
    await this.#cutTornEnd(handle).catch(ignore);
    await handle.close();
  }

  async #open(): Promise<FileHandle> {
    await mkdir(dirname(this.#path), { recursive: true });
    const handle = await open(this.#path, 'a');
    try {
      const stat = await handle.stat();
      this.#isRegular = stat.isFile();
      // A process that died while it wrote left half a line: ours must not be glued to it.
      if (this.#isRegular && stat.size > 0 && !(await this.#endsWithNewline(stat.size))) await handle.write('\n');
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #endsWithNewline(size: number): Promise<boolean> {
    let reader: FileHandle | undefined;
    try {
      reader = await open(this.#path, 'r');
      const { buffer } = await reader.read(Buffer.alloc(1), 0, 1, size - 1);
      return buffer[0] === NEWLINE;
    } catch {
      // Writable and not readable: then nothing can be known, and nothing is assumed to be wrong.
      return true;
    } finally {
      await reader?.close();
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

const ignore = (): void => undefined;
