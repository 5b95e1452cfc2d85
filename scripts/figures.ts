/** `npm run figures` brings the README's figures up to date: the sizes are measured, the comparison is out of `bench/results.md`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { comparisonOf } from './comparison.js';
import { ROOT } from './entries.js';
import { measureSizes, withSizes } from './sizes.js';

const path = resolve(ROOT, 'README.md');
const comparison = comparisonOf(readFileSync(resolve(ROOT, 'bench/results.md'), 'utf8'));
const readme = readFileSync(path, 'utf8').replace(/(?<=<!-- comparison.*\n)[^]*?(?=<!-- end -->)/, () => `${comparison}\n`);
writeFileSync(path, withSizes(readme, await measureSizes()));
