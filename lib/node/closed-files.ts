import { createReadStream, existsSync } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const STAMP = String.raw`\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z`;

/**
 * The closed files next to a file: `events.ndjson` becomes `events.2026-11-23T08-15-00.000Z.ndjson`, or the same with `.gz`.
 *
 * Names are ordered by time. A compressed file gets its name when it is complete and durable; only then is the plain one deleted. The next `tidy`
 * finishes the work of a process that died.
 */
export class ClosedFiles {
  readonly #path: string;
  readonly #maxFiles: number;
  readonly #isCompressed: boolean;
  readonly #pattern: RegExp;
  /** Time of the last name. Earlier names must not be reused, even if their files were deleted. */
  #lastAt = -Infinity;

  constructor(path: string, { maxFiles, gzip }: { readonly maxFiles: number; readonly gzip: boolean }) {
    this.#path = path;
    this.#maxFiles = maxFiles;
    this.#isCompressed = gzip;
    const { name, ext } = parse(path);
    this.#pattern = new RegExp(`^${escape(name)}\\.${STAMP}${escape(ext)}(\\.gz(\\.part)?)?$`);
  }

  /** Renames the file to the current time, or to the next free millisecond. */
  async add(now: number): Promise<void> {
    const { dir, name, ext } = parse(this.#path);
    for (let at = Math.max(now, this.#lastAt + 1); ; at += 1) {
      const to = join(dir, `${name}.${new Date(at).toISOString().replaceAll(':', '-')}${ext}`);
      if (existsSync(to) || existsSync(`${to}.gz`)) continue;
      await rename(this.#path, to);
      this.#lastAt = at;
      return;
    }
  }

  /** Deletes the oldest files beyond the limit, and compresses plain ones. The next call repeats failed work. */
  async tidy(): Promise<void> {
    const folder = dirname(this.#path);
    const names = new Set((await readdir(folder)).filter((name) => this.#pattern.test(name)).sort());
    for (const name of names) {
      if (!name.endsWith('.part')) continue;
      names.delete(name);
      await rm(join(folder, name), { force: true });
    }
    const plain = [...names].filter((name) => !name.endsWith('.gz'));
    const stems = [...new Set([...names].map((name) => name.replace(/\.gz$/, '')))].sort();
    for (const name of stems.slice(0, Math.max(0, stems.length - this.#maxFiles))) {
      await rm(join(folder, name), { force: true });
      await rm(join(folder, `${name}.gz`), { force: true });
    }
    if (!this.#isCompressed) return;
    for (const name of plain) if (existsSync(join(folder, name))) await compress(join(folder, name), names.has(`${name}.gz`));
  }
}

async function compress(path: string, isCompressed: boolean): Promise<void> {
  if (!isCompressed) {
    const part = `${path}.gz.part`;
    try {
      const handle = await open(part, 'w');
      await pipeline(createReadStream(path), createGzip(), handle.createWriteStream({ flush: true }));
      await rename(part, `${path}.gz`);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }
  await rm(path);
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
