/**
 * Stryker's test runner for Mocha 12, on the public interfaces of both. The official plugin, `@stryker-mutator/mocha-runner` 9, requires files of Mocha that version 12 has renamed.
 *
 * Specs are imported once per process. For each mutant Stryker switches it on, and this runs the tests that reach it, until one fails.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { INSTRUMENTER_CONSTANTS, type InstrumenterContext, type MutantCoverage, type StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import Mocha from 'mocha';

/** Seeds the property tests, as `.mocharc.cjs` does. */
const SETUP = 'spec/support/fast-check.cjs';
/** For a test that a mutant lets wait forever. Stryker's own limit, which restarts the process, is longer. */
const TEST_TIMEOUT_MS = 8_000;
/** Without a mutant, on a busy machine. */
const DRY_RUN_TIMEOUT_MS = 60_000;

/** Tests that take seconds each, and find next to nothing that the others don't. */
const SLOW =
  /million|in every process|less than one event per second|does not grow|never exceeds any limit|never holds more than maxKeys|chains? (of|through|that)/;

class MochaRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options);
  /** Absolute. */
  readonly #files: readonly string[];
  readonly #mocha = new Mocha();
  readonly #context = instrumenterContext();
  #isLoaded = false;
  #results: TestResult[] = [];

  constructor({ testFiles }: StrykerOptions) {
    this.#files = testFiles.map((file) => resolve(file));
    // Mocha runs many times.
    this.#mocha.cleanReferencesAfterRun(false);
  }

  capabilities() {
    return { reloadEnvironment: false };
  }

  async init(): Promise<void> {
    await import(pathToFileURL(resolve(SETUP)).href);
    this.#mocha.grep(titles());
    for (const file of this.#files) this.#mocha.addFile(file);
    this.#mocha.reporter(reporterOf((result) => this.#results.push(result)));
    const context = this.#context;
    this.#mocha.suite.beforeEach(function () {
      const title = this.currentTest?.fullTitle();
      if (title !== undefined) context.currentTestId = title;
    });
  }

  async dryRun({ disableBail }: DryRunOptions): Promise<DryRunResult> {
    const result = await this.#run(disableBail);
    const coverage = this.#context.mutantCoverage;
    if (result.status !== DryRunStatus.Complete || coverage === undefined) return result;
    const first = structuredClone(coverage);
    for (const hits of [coverage.static, ...Object.values(coverage.perTest)])
      for (const id of Object.keys(hits)) Reflect.deleteProperty(hits, id);
    await this.#run(disableBail);
    return { ...result, mutantCoverage: withMemoized(first, coverage) };
  }

  async mutantRun({ activeMutant, testFilter, disableBail, hitLimit }: MutantRunOptions): Promise<MutantRunResult> {
    // For a mutant of static code Stryker starts a new process, and passes the files: every test has to run.
    const isStatic = testFilter === undefined || testFilter.some((each) => this.#files.includes(each));
    delete this.#context.hitLimit;
    delete this.#context.hitCount;
    if (hitLimit !== undefined) Object.assign(this.#context, { hitLimit, hitCount: 0 });
    if (isStatic) this.#context.activeMutant = activeMutant.id;
    this.#mocha.grep(titles(isStatic ? undefined : testFilter));
    if (!this.#isLoaded) this.#mocha.files = specFirst(this.#mocha.files, activeMutant.fileName);
    return toMutantRunResult(await this.#run(disableBail, activeMutant.id));
  }

  async #run(disableBail: boolean, mutant?: string): Promise<DryRunResult> {
    this.#results = [];
    try {
      if (!this.#isLoaded) {
        await this.#mocha.loadFilesAsync();
        this.#mocha.suite.eachTest(withoutLimitIfSynchronous);
        this.#isLoaded = true;
      }
      prepare(this.#mocha.suite, !disableBail, mutant === undefined ? DRY_RUN_TIMEOUT_MS : TEST_TIMEOUT_MS);
      if (mutant === undefined) delete this.#context.activeMutant;
      else this.#context.activeMutant = mutant;
      await new Promise((done) => this.#mocha.run(done));
    } catch (error) {
      return { status: DryRunStatus.Error, errorMessage: String(error) };
    }
    const timeout = determineHitLimitReached(this.#context.hitCount, this.#context.hitLimit);
    return timeout ?? { status: DryRunStatus.Complete, tests: this.#results };
  }
}

/** What Stryker's instrumented code and its test runner share. */
function instrumenterContext(): InstrumenterContext {
  const space = globalThis as { [INSTRUMENTER_CONSTANTS.NAMESPACE]?: InstrumenterContext };
  return (space[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {});
}

/**
 * Code that only the first run reaches, such as the rows of an options table, is remembered in the process. Its mutants need a process of their own,
 * as those of static code do.
 */
function withMemoized(first: MutantCoverage, second: MutantCoverage): MutantCoverage {
  const isAgain = new Set([second.static, ...Object.values(second.perTest)].flatMap((hits) => Object.keys(hits)));
  for (const hits of Object.values(first.perTest)) {
    for (const [id, count] of Object.entries(hits)) if (!isAgain.has(id)) first.static[id] = (first.static[id] ?? 0) + count;
  }
  return first;
}

function reporterOf(report: (result: TestResult) => void): Mocha.ReporterConstructor {
  const { EVENT_TEST_BEGIN, EVENT_TEST_FAIL, EVENT_TEST_PASS } = Mocha.Runner.constants;
  return class extends Mocha.reporters.Base {
    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
      super(runner, options);
      let startedAt = 0;
      const resultOf = (test: Mocha.Runnable) => ({
        id: test.fullTitle(),
        name: test.fullTitle(),
        timeSpentMs: performance.now() - startedAt,
      });
      runner
        .on(EVENT_TEST_BEGIN, () => {
          startedAt = performance.now();
        })
        .on(EVENT_TEST_PASS, (test) => {
          report({ ...resultOf(test), status: TestStatus.Success, ...(test.file !== undefined && { fileName: test.file }) });
        })
        .on(EVENT_TEST_FAIL, (test, error) => {
          // If a hook fails, its test is in the context.
          report({ ...resultOf(test.ctx?.currentTest ?? test), status: TestStatus.Failed, failureMessage: String(error) });
        });
    }
  };
}

function prepare(suite: Mocha.Suite, isBailing: boolean, timeoutMs: number): void {
  suite.bail(isBailing);
  for (const test of suite.tests) test.timeout(timeoutMs);
  for (const child of suite.suites) prepare(child, isBailing, timeoutMs);
}

/** Mocha also fails a synchronous test that took too long, which only says that the machine is busy. */
function withoutLimitIfSynchronous(test: Mocha.Test): void {
  const { fn } = test;
  if (fn === undefined || fn.length > 0) return;
  test.fn = function () {
    const answer: unknown = Reflect.apply(fn, this, []);
    if (!(answer instanceof Promise)) test.timeout(0);
    return answer as ReturnType<Mocha.AsyncFunc>;
  };
}

/** The spec at the path of the module is the likeliest to fail, and the first failure ends the run. */
function specFirst(files: readonly string[], module: string): string[] {
  const spec = module.replace(/^.*\/lib\//, '/spec/').replace(/\.ts$/, '.spec.ts');
  return files.toSorted((one, other) => Number(other.endsWith(spec)) - Number(one.endsWith(spec)));
}

/** Matches these titles, or all, except those of slow tests. */
function titles(wanted: readonly string[] = ['']): RegExp {
  return new RegExp(`^(?!.*(?:${SLOW.source}))(?:${wanted.map((title) => (title === '' ? '' : `${escaped(title)}$`)).join('|')})`);
}

function escaped(title: string): string {
  return title.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'mocha-12', MochaRunner)];
