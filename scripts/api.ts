/** `npm run api` writes the report of each entry into `api/`; with `--check` it compares instead, and fails where they differ. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { apiReports } from './api-report.js';
import { ROOT } from './entries.js';

const isCheck = process.argv.includes('--check');
mkdirSync(resolve(ROOT, 'api'), { recursive: true });
for (const [{ name }, { text }] of apiReports()) {
  const path = `api/${name}.api.md`;
  const known = existsSync(resolve(ROOT, path)) ? readFileSync(resolve(ROOT, path), 'utf8') : '';
  if (known === text) console.log(`${path} holds`);
  else if (isCheck) {
    console.error(`${path} differs from what the sources export: if the change is meant, run \`npm run api\` and commit the file`);
    process.exitCode = 1;
  } else {
    writeFileSync(resolve(ROOT, path), text);
    console.log(`${path} written`);
  }
}
