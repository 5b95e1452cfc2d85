/** `npm run dist` builds `dist` unless it is newer than its sources. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from './entries.js';

const MADE_OF = ['lib', 'package.json', 'package-lock.json', 'rollup.config.mjs'];

/** Absolute path of an up-to-date build: the folder in OUT_DIR, unchanged, or `dist`. */
export function distFolder(): string {
  const { OUT_DIR } = process.env;
  if (OUT_DIR !== undefined) return resolve(OUT_DIR);
  const folder = join(ROOT, 'dist');
  if (!isUpToDate(folder)) {
    execFileSync(process.execPath, [join(ROOT, 'node_modules/rollup/dist/bin/rollup'), '--config', '--silent'], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return folder;
}

function isUpToDate(folder: string): boolean {
  const files = ['index.js', 'index.d.ts'].map((file) => join(folder, file));
  if (!files.every((file) => existsSync(file))) return false;
  const builtAt = Math.min(...files.map((file) => statSync(file).mtimeMs));
  return MADE_OF.every((path) => newest(join(ROOT, path)) < builtAt);
}

/** When a file, or the newest of a folder's files, was changed. Folders count too: removing a file changes one. */
function newest(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

if (process.argv[1] === import.meta.filename) console.log(distFolder());
