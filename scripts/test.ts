/**
 * Runs the specs: `npm test [-- FILE...] [-- --grep PATTERN]`. Naming files lists every test by its title.
 *
 * A few worker processes take one spec file after the other. So a file that fails to load, hangs or takes its process down costs that file and
 * no other, and the closing line `N passed, N failed` is printed whatever happens.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { FileReport, WorkerOptions } from './test-worker.js';

const WORKER = fileURLToPath(new URL('./test-worker.ts', import.meta.url));
const FILE_LIMIT_MS = 300_000;
const EXIT_LIMIT_MS = 10_000;
/** Angular's zone patches timers and promises, and its test bed hooks into every test: such a file has a process to itself. */
const ALONE = /(^|\/)spec\/angular\//;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { grep: { type: 'string', short: 'g' } } });
const started = performance.now();
const queue = positionals.length > 0 ? [...positionals] : allSpecs();
const options: WorkerOptions = { grep: values.grep, forbidOnly: positionals.length === 0 };
const totals = { passed: 0, failed: 0, skipped: 0 };

await Promise.all(Array.from({ length: Math.min(queue.length, availableParallelism(), 4) }, work));

if (totals.passed + totals.failed === 0) fail('no test ran');
const { passed, failed, skipped } = totals;
console.log(`\n${seconds(performance.now() - started)}`);
console.log(`${String(passed)} passed, ${String(failed)} failed${skipped > 0 ? `, ${String(skipped)} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;

/** Every spec file. Those at the top go first: they are end to end and take longest. */
function allSpecs(): string[] {
  const files = readdirSync('spec', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.spec.ts'));
  const depth = (file: string): number => file.split(/[\\/]/).length;
  return files.sort((a, b) => depth(a) - depth(b) || (a < b ? -1 : 1)).map((file) => `spec/${file.replaceAll('\\', '/')}`);
}

/** One lane of work: a worker process, replaced when a file has ended it. */
async function work(): Promise<void> {
  let worker: ChildProcess | undefined;
  let reports: [file: string, FileReport][] = [];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (worker !== undefined && ALONE.test(file)) {
      await part(worker, reports);
      worker = undefined;
      reports = [];
    }
    worker ??= fork(WORKER, [JSON.stringify(options)], { execArgv: ['--import', 'tsx', '--enable-source-maps'] });
    const outcome = await run(worker, file);
    if (typeof outcome === 'string') {
      fail(`${file}: ${outcome}`);
      worker.kill('SIGKILL');
      worker = undefined;
      reports = [];
    } else {
      show(file, outcome);
      reports.push([file, outcome]);
      if (ALONE.test(file)) {
        await part(worker, reports);
        worker = undefined;
        reports = [];
      }
    }
  }
  if (worker !== undefined) await part(worker, reports);
}

/** The report of one file, or what kept the worker from giving one. */
async function run(worker: ChildProcess, file: string): Promise<FileReport | string> {
  if (!worker.connected) return 'the process had ended already, by what an earlier file left behind';
  const over = new AbortController();
  const within = { signal: AbortSignal.any([over.signal, AbortSignal.timeout(FILE_LIMIT_MS)]) };
  worker.send(file);
  try {
    return await Promise.race([
      once(worker, 'message', within).then(([report]) => report as FileReport),
      once(worker, 'exit', within).then(([code, signal]) => `the process ended during the run (${String(signal ?? code)})`),
    ]);
  } catch {
    return `not done after ${seconds(FILE_LIMIT_MS)}`;
  } finally {
    over.abort();
  }
}

/** Lets a worker go. One that stays, or fails now, does so by what its specs left behind. */
async function part(worker: ChildProcess, reports: readonly [file: string, FileReport][]): Promise<void> {
  try {
    if (worker.connected) {
      const exit = once(worker, 'exit', { signal: AbortSignal.timeout(EXIT_LIMIT_MS) });
      worker.disconnect();
      await exit;
    }
    if (worker.exitCode !== 0) fail(`a worker process ended with ${String(worker.exitCode ?? worker.signalCode)} after the last test`);
  } catch {
    worker.kill('SIGKILL');
    const suspects = reports.filter(([, { left }], index) => left.length > (reports[index - 1]?.[1].left.length ?? 0));
    fail(`something still runs ${seconds(EXIT_LIMIT_MS)} after the last test; it may come from`);
    for (const [file, { left }] of suspects) console.log(`    ${file}, after which there were ${left.join(', ')}`);
  }
}

function show(file: string, report: FileReport): void {
  totals.passed += report.passed;
  totals.failed += report.failures.length;
  totals.skipped += report.skipped.length;
  const counts = [`${String(report.passed)} passed`];
  if (report.failures.length > 0) counts.push(`${String(report.failures.length)} failed`);
  if (report.skipped.length > 0) counts.push(`${String(report.skipped.length)} skipped`);
  console.log(`${report.failures.length > 0 ? '✗' : '✓'} ${file}  ${counts.join(', ')}, ${seconds(report.durationMs)}`);
  if (positionals.length > 0) for (const title of report.titles) console.log(`    ✓ ${title}`);
  for (const title of report.skipped) console.log(`    - ${title}`);
  for (const { title, message } of report.failures) console.log(`    ✗ ${title}\n${message.replace(/^/gm, '      ')}`);
}

function fail(message: string): void {
  totals.failed += 1;
  console.log(`✗ ${message}`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
