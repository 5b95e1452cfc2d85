/**
 * Tests the Angular example in Chromium: `npm run test:angular [-- --no-build]`. It builds the library, and the example with zone.js and without; or takes the
 * builds that there are. Ends with `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './entries.js';

const EXAMPLE = join(ROOT, 'examples/angular');

function run(command: string, cwd = ROOT): boolean {
  console.log(`\n=== ${command}`);
  return spawnSync(command, { cwd, shell: true, stdio: 'inherit' }).status === 0;
}

function build(): boolean {
  return (
    run('npm run dist --silent') &&
    (existsSync(join(EXAMPLE, 'node_modules')) || run('npm ci', EXAMPLE)) &&
    run('node library.mjs', EXAMPLE) &&
    ['zone', 'zoneless'].every((name) => run(`npx ng build --configuration ${name},test --output-path dist/test/${name}`, EXAMPLE))
  );
}

if (process.argv.includes('--no-build') || build()) {
  process.exitCode = run('npx tsx scripts/test.ts angular spec/examples/angular-app.ts') ? 0 : 1;
} else {
  console.log('\n0 passed, 1 failed');
  process.exitCode = 1;
}
