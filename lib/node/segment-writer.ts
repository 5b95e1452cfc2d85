import { closeSync, fdatasync, fdatasyncSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { tryGet } from '../internal/try-get.js';
import { failAs } from './file-error.js';
import { syncFolder } from './sync-folder.js';

export interface SegmentWriterOptions {
  readonly dir: string;
  /** Whether a change is durable only after `fdatasync`. */
  readonly isSynced: boolean;
}

/** The file at the end of a log. */
export class SegmentWriter {
  readonly #options: SegmentWriterOptions;
  #fd: number | undefined;
  /** Whether the folder's entry for the file is durable. */
  #isEntrySafe = false;
  #sync: Promise<void> | undefined;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#fd !== undefined;
  }

  /** Whether the file is still in its folder. */
  get isPresent(): boolean {
    return this.#fd === undefined || fstatSync(this.#fd).nlink > 0;
  }

  /** Creates a file, and closes the previous one. */
  open(path: string): void {
    this.close();
    this.#fd = openSync(path, 'ax');
    this.#isEntrySafe = false;
  }

  /**
   * Appends the whole line; if that fails, removes what was written of it.
   *
   * @param end the length of the file
   */
  append(line: Buffer, end: number): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    try {
      let written = 0;
      while (written < line.length) written += writeSync(fd, line, written);
    } catch (error) {
      // Another line must not follow half a line.
      if (tryGet(() => [ftruncateSync(fd, end)]) === undefined) this.abandon();
      throw error;
    }
  }

  truncate(length: number): void {
    if (this.#fd !== undefined) ftruncateSync(this.#fd, length);
  }

  close(): void {
    if (this.#fd === undefined) return;
    this.sync();
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Closes the file without a sync, because it must not be used any more. */
  abandon(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }

  /** With `isSynced`, everything written is durable when this returns. */
  sync(): void {
    if (this.#options.isSynced && this.#fd !== undefined) fdatasyncSync(this.#fd);
  }

  /** Resolves after an `fdatasync` that began after the call. Concurrent callers share one. */
  async synced(): Promise<void> {
    const before = this.#sync;
    if (before !== undefined) await before.catch(() => undefined);
    return (this.#sync ??= this.#syncNow());
  }

  async #syncNow(): Promise<void> {
    try {
      const fd = this.#fd;
      if (fd === undefined) return;
      await datasync(fd).catch((error: unknown) => {
        // If the file was closed meanwhile, it is durable, too.
        if (this.#fd === fd) failAs('unavailable')(error);
      });
      if (this.#isEntrySafe) return;
      await syncFolder(this.#options.dir);
      if (this.#fd === fd) this.#isEntrySafe = true;
    } finally {
      this.#sync = undefined;
    }
  }
}

const datasync = promisify(fdatasync);
