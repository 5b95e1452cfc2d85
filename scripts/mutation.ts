/**
 * Mutation testing: `npm run test:mutation -- [FOLDER...]`. Stryker changes the code of a folder in `lib/`, one small change at a time, and runs the specs that
 * reach it; a mutant that no spec fails for has survived. Without folders, all of them. `reports/mutation` has the pages, and what the next run reuses.
 */
import { Stryker } from '@stryker-mutator/core';
import type { MutantResult } from '@stryker-mutator/api/core';
import { commandLine, invalidArguments, wholeNumber } from './command-line.js';
import { filesOf } from './tiers.cjs';

/** Folders, and where the specs are that test them, those first that find most. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  ledger: ['spec/ledger/'],
  sampling: ['spec/sampling/', 'spec/operators/sample-by'],
  operators: ['spec/operators/'],
  lane: ['spec/lane/', 'spec/features/', 'spec/collector/'],
  collector: ['spec/collector/', 'spec/features/', 'spec/lane/'],
};
/** A hundred whole collectors a test: too slow for thousands of runs. */
const TOO_SLOW = ['spec/collector/side-by-side.spec.ts'];

const SPECS = filesOf('unit').filter((file) => !TOO_SLOW.includes(file));

const { values, positionals } = commandLine(
  `npm run test:mutation -- [FOLDER...] [--mutate GLOB] [--concurrency N] [--force]

  FOLDER           ${Object.keys(FOLDERS).join(', ')}
  --mutate GLOB    only these files: 'lib/lane/spool.ts', 'lib/lane/lane.ts:40-90'
  --concurrency N  processes (default 2)
  --force          reuse nothing of the last run`,
  {
    allowPositionals: true,
    options: { mutate: { type: 'string' }, concurrency: { type: 'string', default: '2' }, force: { type: 'boolean', default: false } },
  },
);
const rows: string[] = [];
for (const folder of positionals.length > 0 ? positionals : Object.keys(FOLDERS)) {
  const places = FOLDERS[folder] ?? invalidArguments(`Unknown folder '${folder}'`);
  const results = await new Stryker({
    mutate: [values.mutate ?? `lib/${folder}/**/*.ts`],
    testFiles: places.flatMap((place) => SPECS.filter((file) => file.startsWith(place))),
    testRunner: 'mocha-12',
    plugins: ['./scripts/stryker-mocha.ts'],
    testRunnerNodeArgs: ['--import', 'tsx/esm'],
    coverageAnalysis: 'perTest',
    concurrency: wholeNumber('concurrency', values.concurrency, 1),
    timeoutMS: 30_000,
    incremental: true,
    force: values.force,
    incrementalFile: `reports/mutation/${folder}.incremental.json`,
    reporters: ['clear-text', 'html', 'json', 'progress-append-only'],
    clearTextReporter: { allowColor: false, allowEmojis: false, logTests: false, reportTests: false, reportScoreTable: true },
    htmlReporter: { fileName: `reports/mutation/${folder}.html` },
    jsonReporter: { fileName: `reports/mutation/${folder}.json` },
    ignorePatterns: ['.events', 'api', 'bench', 'coverage', 'dist', 'docs', 'examples', 'reference', 'reports', 'site'],
  }).runMutationTest();
  rows.push(rowOf(folder, results));
}
console.log(`\n| folder | mutants | killed | survived | score |\n|---|--:|--:|--:|--:|\n${rows.join('\n')}`);

function rowOf(folder: string, results: readonly MutantResult[]): string {
  const count = (...statuses: readonly MutantResult['status'][]): number =>
    results.filter(({ status }) => statuses.includes(status)).length;
  const killed = count('Killed', 'Timeout');
  const survived = count('Survived', 'NoCoverage');
  return `| \`lib/${folder}\` | ${String(killed + survived)} | ${String(killed)} | ${String(survived)} | ${((100 * killed) / (killed + survived)).toFixed(1)} % |`;
}
