/**
 * Puts the library of this repository where an installed one would stand. In a fresh clone it has to be built first. Once it is published, a line in
 * `dependencies` takes the place of all this, and of `fp-ts`, `io-ts` and `uuid` beside it.
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
