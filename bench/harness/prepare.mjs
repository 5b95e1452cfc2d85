import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BENCH = fileURLToPath(new URL('..', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The library is built here, not to `dist`, which another process may be using. */
const LIBRARY = fileURLToPath(new URL('../node_modules/.library', import.meta.url));

export function installPeers(say) {
  const { dependencies } = JSON.parse(readFileSync(`${BENCH}package.json`, 'utf8'));
  const missing = Object.keys(dependencies).filter((name) => !existsSync(`${BENCH}node_modules/${name}`));
  if (missing.length === 0) return;
  say(`Installing peers (npm ci in bench/): ${missing.join(', ')}`);
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: BENCH, stdio: 'inherit' });
}

/** The built JavaScript is measured, as published. Set `LIBRARY` to the folder of another build to measure that instead. */
export function buildLibrary(say) {
  if (process.env.LIBRARY !== undefined) return;
  say('Building the library');
  execFileSync('npx', ['rollup', '--config', '--silent'], { cwd: ROOT, stdio: 'inherit', env: { ...process.env, OUT_DIR: LIBRARY } });
  process.env.LIBRARY = LIBRARY;
}

/** Names with installed versions. */
export function versionsOf(names) {
  return names.map((name) => {
    const folder = existsSync(`${BENCH}node_modules/${name}`) ? BENCH : ROOT;
    return `${name} ${JSON.parse(readFileSync(`${folder}node_modules/${name}/package.json`, 'utf8')).version}`;
  });
}
