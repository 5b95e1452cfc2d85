/**
 * `npm run figures` updates the figures of the documentation: the sizes in `docs/entries.md` come from size-limit, the comparison in the README
 * from `bench/results.md`. With `--check` it fails where they differ; sizes may differ by a tenth.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { comparisonOf } from './comparison.js';
import { distFolder } from './dist.js';
import { entries, ROOT } from './entries.js';

const README = resolve(ROOT, 'README.md');
const ENTRIES = resolve(ROOT, 'docs/entries.md');
const TOLERANCE = 0.1;
/** In the rows of uses, in this order. */
const COLUMNS = ['own', 'with packages', 'es2015'];

/** Figures in kB by the first cell of their row. */
type Sizes = ReadonlyMap<string, readonly number[]>;

const readme = readFileSync(README, 'utf8');
const entriesPage = readFileSync(ENTRIES, 'utf8');
const comparison = comparisonOf(readFileSync(resolve(ROOT, 'bench/results.md'), 'utf8'));
const withComparison = readme.replace(/(?<=<!-- comparison.*\n)[^]*?(?=<!-- end -->)/, () => `${comparison}\n`);
const sizes = measuredSizes();

if (process.argv.includes('--check')) {
  const wrong = differences(entriesPage, sizes).map((each) => `docs/entries.md: ${each}`);
  if (withComparison !== readme) wrong.push('README.md: the comparison differs from bench/results.md');
  for (const each of wrong) console.error(each);
  if (wrong.length > 0) {
    console.error('Run `npm run figures` and commit the files.');
    process.exitCode = 1;
  }
} else {
  writeFileSync(README, withComparison);
  writeFileSync(ENTRIES, withSizes(entriesPage, sizes));
}

function measuredSizes(): Sizes {
  distFolder();
  const output = execFileSync(process.execPath, [resolve(ROOT, 'node_modules/size-limit/bin.js'), '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const measured = new Map((JSON.parse(output) as { name: string; size: number }[]).map(({ name, size }) => [name, size / 1_000]));
  const found = new Map<string, number[]>();
  // No entry is loaded alone, so its figure is the size that it adds to the core.
  const sizeOf = (name: string): number => measured.get(`everything: ${name}`) ?? NaN;
  for (const { name, specifier } of entries())
    found.set(`\`${specifier}\``, [name === 'index' ? sizeOf('index') : sizeOf(name) - sizeOf('index')]);
  for (const [name, size] of measured) {
    const [, use = '', column = ''] = /^(`.*): (.*)$/.exec(name) ?? [];
    if (COLUMNS.includes(column)) found.set(use, [...(found.get(use) ?? []), size]);
  }
  return found;
}

/** The page with the measured sizes in its rows. */
function withSizes(page: string, measured: Sizes): string {
  return page.replaceAll(/^\| ([^|]+) \|.* kB \|$/gm, (row, label: string) => {
    const rest = [...(measured.get(label) ?? [])];
    return row.replaceAll(/[\d.]+ kB(?= \|)/g, (cell) => rounded(rest.shift()) ?? cell);
  });
}

function differences(page: string, measured: Sizes): string[] {
  return [...page.matchAll(/^\| ([^|]+) \|(.* kB) \|$/gm)].flatMap(([, label = '', cells = '']) => {
    const known = measured.get(label);
    if (known === undefined) return [`size-limit has no figure for ${label}`];
    return [...cells.matchAll(/([\d.]+) kB/g)].flatMap(([cell, told], index) => {
      const size = known[index] ?? NaN;
      return Math.abs(Number(told) - size) <= Math.max(size * TOLERANCE, 0.1) ? [] : [`${label} is ${String(rounded(size))}, not ${cell}`];
    });
  });
}

function rounded(kB: number | undefined): string | undefined {
  return kB === undefined ? undefined : `${kB.toFixed(kB < 10 ? 1 : 0)} kB`;
}
