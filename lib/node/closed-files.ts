import { createReadStream, existsSync } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const STAMP = String.raw`\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z`;

/**
 * The files that a file has left behind: `events.ndjson` becomes `events.2026-11-23T08-15-00.000Z.ndjson`, and, packed, that with `.gz`.
 *
 * Names are in the order of time. A packed file gets its name when it is whole and durable, and only then the plain one goes; what a dying
 * process left unpacked, or half packed, is seen to at the next `tidy`.
 */
export class ClosedFiles {
  readonly #path: string;
  readonly #maxFiles: number;
  readonly #isPacked: boolean;
  readonly #pattern: RegExp;
  /** A name that has become free again belongs to an older file than the one at hand. */
  #lastAt = -Infinity;

  constructor(path: string, { maxFiles, gzip }: { readonly maxFiles: number; readonly gzip: boolean }) {
    this.#path = path;
    this.#maxFiles = maxFiles;
    this.#isPacked = gzip;
    const { name, ext } = parse(path);
    this.#pattern = new RegExp(`^${escape(name)}\\.${STAMP}${escape(ext)}(\\.gz(\\.part)?)?$`);
  }

  /** Puts the file aside, under the name of the moment, or of the next one that is free. */
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

  /** Packs what isn't packed, and deletes the oldest where there are too many. What can't be done now is left to the next time. */
  async tidy(): Promise<void> {
    const folder = dirname(this.#path);
    const names = new Set((await readdir(folder)).filter((name) => this.#pattern.test(name)).sort());
    for (const name of names) {
      if (!name.endsWith('.part')) continue;
      names.delete(name);
      await rm(join(folder, name), { force: true });
    }
    const plain = [...names].filter((name) => !name.endsWith('.gz'));
    const moments = [...new Set([...names].map((name) => name.replace(/\.gz$/, '')))].sort();
    for (const name of moments.slice(0, Math.max(0, moments.length - this.#maxFiles))) {
      await rm(join(folder, name), { force: true });
      await rm(join(folder, `${name}.gz`), { force: true });
    }
    if (!this.#isPacked) return;
    for (const name of plain) if (existsSync(join(folder, name))) await pack(join(folder, name), names.has(`${name}.gz`));
  }
}

async function pack(path: string, isPacked: boolean): Promise<void> {
  if (!isPacked) {
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
