/**
 * Copies this repository's library to `node_modules`, and builds it first in a fresh clone. With a published package, a line in `dependencies`
 * replaces this script, and `fp-ts`, `io-ts` and `uuid` there.
 */
import { execSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const run = (command) => {
  console.log(`${command} (in ${root})`);
  execSync(command, { cwd: root, stdio: 'inherit' });
};
if (!existsSync(resolve(root, 'node_modules'))) run('npm ci');
if (!existsSync(resolve(root, 'dist/angular.js'))) run('npm run build');
for (const part of ['package.json', 'dist'])
  cpSync(resolve(root, part), resolve('node_modules/rx-event-collector', part), { recursive: true });
