/** Runs the spec files that its parent names, one Mocha each, and reports on each. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import Mocha from 'mocha';

export interface FileReport {
  readonly passed: number;
  readonly titles: readonly string[];
  readonly skipped: readonly string[];
  readonly failures: readonly { readonly title: string; readonly message: string }[];
  readonly durationMs: number;
  /** What keeps the process alive once the file is done. */
  readonly left: readonly string[];
}

export interface WorkerOptions {
  readonly grep?: string | undefined;
  readonly forbidOnly: boolean;
}

const { grep, forbidOnly } = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
const { timeout } = JSON.parse(readFileSync('.mocharc.json', 'utf8')) as { timeout: number };

// During a run Mocha lays an uncaught exception to the current test's charge. What comes later is the file's, and at the very end it
// ends the process, which the parent sees. A rejection that nobody handles is an uncaught exception.
const strays: unknown[] = [];
let running = false;
const onStray = (error: unknown): void => {
  if (!running) strays.push(error);
};
process.on('uncaughtException', onStray);
process.on('unhandledRejection', (reason) => {
  throw reason;
});
process.on('disconnect', () => {
  process.off('uncaughtException', onStray);
});

process.on('message', (file: string) => {
  void runFile(file).then((report) => process.send?.(report));
});

async function runFile(file: string): Promise<FileReport> {
  const started = performance.now();
  const titles: string[] = [];
  const skipped: string[] = [];
  const failures: { title: string; message: string }[] = [];
  const mocha = new Mocha({ timeout, forbidOnly, reporter: Mocha.reporters.Base, ...(grep === undefined ? {} : { grep }) });
  try {
    await load(mocha, resolve(file));
    running = true;
    await new Promise<void>((done) => {
      mocha
        .run(() => {
          done();
        })
        .on('pass', (test) => titles.push(test.fullTitle()))
        .on('pending', (test) => skipped.push(test.fullTitle()))
        .on('fail', (test, error: unknown) => failures.push({ title: test.fullTitle(), message: explain(error) }));
    });
  } catch (error) {
    failures.push({ title: 'the file could not be loaded', message: explain(error) });
  } finally {
    running = false;
    mocha.dispose();
  }
  await setImmediate();
  for (const error of strays.splice(0)) failures.push({ title: 'outside of any test', message: explain(error) });
  return {
    passed: titles.length,
    titles,
    skipped,
    failures,
    durationMs: performance.now() - started,
    left: process.getActiveResourcesInfo(),
  };
}

/** As Mocha's own loader, but always as an ES module, which is what the package is: Mocha would try `require` first. */
async function load(mocha: Mocha, file: string): Promise<void> {
  mocha.suite.emit('pre-require', globalThis, file, mocha);
  mocha.suite.emit('require', await import(pathToFileURL(file).href), file, mocha);
  mocha.suite.emit('post-require', globalThis, file, mocha);
}

/** An error with its stack, cut where the stack leaves the repository, and the difference that an assertion found. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return format(error);
  const stack = (error.stack ?? error.message)
    .split('\n')
    .filter((line) => !/^\s+at .*(node:internal|node_modules[\\/](mocha|tsx|chai))/.test(line))
    .join('\n');
  // Mocha's base reporter has made strings of both by now.
  const { actual, expected, showDiff } = error as { actual?: string; expected?: string; showDiff?: boolean };
  const difference =
    showDiff === true && actual !== undefined && expected !== undefined
      ? `\n${Mocha.reporters.Base.generateDiff(actual, expected).trimEnd()}`
      : '';
  const cause = error.cause === undefined ? '' : `\ncaused by ${explain(error.cause)}`;
  return stack + difference + cause;
}
