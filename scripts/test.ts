/**
 * Runs specs: `npm test [-- TIER... | FILE...] [-- --grep PATTERN]`. Without names it runs every tier.
 *
 * The unit tier is one Mocha process, as with plain `npx mocha`. Each file of the other tiers has a process of its own: those files start children,
 * browsers and zones. A file that fails to load, hangs or ends its process fails alone, and the last line is always `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { distFolder } from './dist.js';
import tiers from './tiers.cjs';

const { TIERS, filesOf, tierOf } = tiers;
type Tier = (typeof TIERS)[number];

/** Guards against a hang; the longest job needs about a minute. */
const JOB_LIMIT_MS = 900_000;
/**
 * Node 20 sometimes spins in `CleanupHandles` after its event loop has ended, and never exits. By then all tests are counted; what a test keeps alive is
 * found by the reporter, within 30 s.
 */
const END_LIMIT_MS = 90_000;
const END = /processor time .+\n\d+ passed, \d+ failed/;
const FAILURE = /^✗ .+$/gm;
const TOTALS = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm;

interface Job {
  readonly label: string;
  readonly files: readonly string[];
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { grep: { type: 'string', short: 'g' } } });
const startedAt = performance.now();
const queue = jobsFor(positionals.length > 0 ? positionals : TIERS);
const isSingle = queue.length === 1;
const sum = { passed: 0, failed: 0, skipped: 0 };
/** A line for each failure, printed again at the end. */
const failures: string[] = [];

// Tiers that look at the package share one build.
if (queue.some(({ files }) => files.some((file) => tierOf(file) === 'package'))) process.env.OUT_DIR = distFolder();
await Promise.all(Array.from({ length: Math.min(queue.length, availableParallelism(), 4) }, work));

if (sum.passed + sum.failed === 0) fail('no test ran');
console.log(`\n${[...failures, seconds(performance.now() - startedAt)].join('\n')}`);
console.log(`${String(sum.passed)} passed, ${String(sum.failed)} failed${sum.skipped > 0 ? `, ${String(sum.skipped)} skipped` : ''}`);
process.exitCode = sum.failed > 0 ? 1 : 0;

function jobsFor(names: readonly string[]): Job[] {
  return names.flatMap((name): Job[] => {
    if (!isTier(name)) return [{ label: name, files: [name] }];
    if (name === 'unit') return [{ label: 'unit', files: filesOf('unit') }];
    return filesOf(name).map((file) => ({ label: file, files: [file] }));
  });
}

function isTier(name: string): name is Tier {
  return (TIERS as readonly string[]).includes(name);
}

async function work(): Promise<void> {
  for (let job = queue.shift(); job !== undefined; job = queue.shift()) await run(job);
}

/** Runs Mocha on the job's files and adds its totals. A run without totals, or with an exit code that they don't explain, is one failure. */
async function run({ label, files }: Job): Promise<void> {
  const grep = values.grep === undefined ? [] : ['--grep', values.grep];
  const jobStartedAt = performance.now();
  const mocha = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', '--forbid-only', ...grep, ...files], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Mocha starts another Node process, so a signal has to reach the whole group.
    detached: process.platform !== 'win32',
  });
  let output = '';
  let isHung = false as boolean;
  let end: NodeJS.Timeout | undefined;
  const onEnded = (): void => {
    isHung = true;
    kill(mocha.pid);
  };
  for (const stream of [mocha.stdout, mocha.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      clearTimeout(end);
      if (END.test(output.slice(-1_000))) end = setTimeout(onEnded, END_LIMIT_MS);
      if (isSingle) process.stdout.write(text);
    });
  }
  const limit = setTimeout(() => {
    output += `\nNot done after ${seconds(JOB_LIMIT_MS)}\n`;
    kill(mocha.pid);
  }, JOB_LIMIT_MS);
  const [code] = (await once(mocha, 'close')) as [number | null];
  clearTimeout(limit);
  clearTimeout(end);

  const [totals] = [...output.matchAll(TOTALS)].slice(-1);
  const [passed = 0, failed = 0, skipped = 0] = (totals ?? []).slice(1).map((count: string | undefined) => Number(count ?? 0));
  const isWhole = totals !== undefined && (isHung || code === Math.min(failed, 255));
  sum.passed += passed;
  sum.failed += failed;
  sum.skipped += skipped;
  failures.push(...Array.from(output.matchAll(FAILURE), ([line]) => `${line} (${label})`));
  if (!isSingle) {
    const isGood = isWhole && failed === 0;
    const counts = `${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`;
    console.log(
      `${isGood ? '✓' : '✗'} ${label}  ${counts}, ${seconds(performance.now() - jobStartedAt)}${isHung ? ', Node did not exit' : ''}`,
    );
    if (!isGood) console.log(output.trim().replace(/^/gm, '    '));
    else for (const [line] of output.matchAll(/^ {2}- .+$/gm)) console.log(`  ${line}`);
  }
  if (!isWhole) fail(`${label}: Mocha ended with ${String(code)}${totals === undefined ? ' and without totals' : ''}`);
}

function kill(pid: number | undefined): void {
  if (pid !== undefined) process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
}

function fail(message: string): void {
  sum.failed += 1;
  failures.push(`✗ ${message}`);
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
