/**
 * Runs the specs under other versions of Node: `npm run test:node -- [--node 22,24] [FILE...]`. Without files, all of them.
 *
 * Each version is installed from npm into a folder that is kept for the next time: NODE_MATRIX_DIR, or one for temporary files. Native
 * modules are built for the version that installed them: specs that need one are skipped under the others, and say so.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from './entries.js';

const FOLDER = process.env.NODE_MATRIX_DIR ?? join(tmpdir(), 'rx-event-collector-node-matrix');

const { values, positionals } = parseArgs({ allowPositionals: true, options: { node: { type: 'string', default: '22,24' } } });
const results: string[] = [];
for (const version of values.node.split(',')) {
  const node = install(version.trim());
  const label = `Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1)}`;
  console.log(`\n${label}`);
  const tests = spawn(node, ['--import', 'tsx', join(ROOT, 'scripts/test.ts'), ...positionals], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let last = '';
  tests.stdout.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text);
    last = (last + text).slice(-500);
  });
  const [code] = (await once(tests, 'close')) as [number | null];
  results.push(`${label}: ${last.trimEnd().split('\n').at(-1) ?? ''}`);
  if (code !== 0) process.exitCode = 1;
}
console.log(`\n${results.join('\n')}`);

/** Gives the program's path. */
function install(version: string): string {
  if (!/^\d+(\.\d+){0,2}$/.test(version)) throw new Error(`Expected --node to be versions with commas between them, got '${version}'`);
  const folder = join(FOLDER, version);
  const node = join(folder, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(node)) {
    console.log(`Installing node@${version} into ${folder}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    // The package fetches its program by a script of its own, which npm may have been told not to run.
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts=false', `node@${version}`], {
      cwd: folder,
      stdio: 'inherit',
    });
  }
  return node;
}
