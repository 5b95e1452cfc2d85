// @ts-check
/**
 * Mocha's reporter with a closing line `N passed, N failed`. It compares planned with ended tests: an error outside of a test makes Mocha skip
 * the rest of the run. Mocha also ignores unhandled rejections; here each is a failure. So is a process that ends before the last test, or that
 * something keeps alive after it.
 */
const { inspect } = require('node:util');
const Mocha = require('mocha');

const { Base, Dot, Spec } = Mocha.reporters;
const { EVENT_RUN_BEGIN, EVENT_RUN_END, EVENT_TEST_END, EVENT_TEST_PENDING } = Mocha.Runner.constants;
/** Above this number of tests, dots replace titles. */
const MAX_TITLES = 200;
const EXIT_LIMIT_MS = 30_000;

module.exports = class CountingReporter extends Base {
  #planned = 0;
  #ended = 0;
  #isOver = false;
  /** @type {string[]} */
  #skipped = [];
  /** @type {string[]} */
  #rejections = [];
  #startedAt = performance.now();
  #options;

  /** @param {Mocha.Runner} runner @param {Mocha.MochaOptions} options */
  constructor(runner, options) {
    super(runner, options);
    this.#options = options;
    this.#planned = runner.total;
    new (runner.total > MAX_TITLES ? Dot : Spec)(runner, options).epilogue = () => undefined;
    const onExit = () => {
      if (this.#isOver) return;
      console.log('\nThe process ended before the last test.');
      process.exitCode = 1;
    };
    process.once('exit', onExit);
    const seen = new WeakSet();
    /** @param {unknown} reason @param {Promise<unknown>} promise */
    const onRejection = (reason, promise) => {
      // Mocha emits each rejection a second time.
      if (seen.has(promise)) return;
      seen.add(promise);
      const title = runner.currentRunnable?.fullTitle() ?? 'no test';
      this.#rejections.push(`Unhandled rejection during or before '${title}':\n${inspect(reason)}`);
    };
    process.on('unhandledRejection', onRejection);
    runner
      .on(EVENT_RUN_BEGIN, () => {
        // `--grep` and `.only` are applied by now.
        this.#planned = runner.total;
      })
      .on(EVENT_TEST_END, () => {
        this.#ended += 1;
      })
      .on(EVENT_TEST_PENDING, (test) => this.#skipped.push(test.fullTitle()))
      .once(EVENT_RUN_END, () => {
        this.#isOver = true;
        process.off('exit', onExit);
        // From here on a rejection ends the process, as usual.
        process.off('unhandledRejection', onRejection);
      });
  }

  /** Called by Mocha after the run. @param {number} failures @param {(failures: number) => void} callback */
  done(failures, callback) {
    const { passes } = this.stats;
    const lost = this.#options.bail === true ? 0 : this.#planned - this.#ended;
    if (failures > 0) Base.list(this.failures);
    for (const title of this.#skipped) console.log(`  - ${title}`);
    if (lost > 0) console.log(`  ${lost} of ${this.#planned} tests did not run`);
    for (const rejection of this.#rejections) console.log(`  ${rejection}`);
    // One line each: the callers of Mocha repeat them at the end of their own output.
    for (const test of this.failures) console.log(`✗ ${test.fullTitle()}: ${firstLine(test.err)}`);
    const failed = failures + Math.max(lost, 0) + this.#rejections.length;
    const { user, system } = process.cpuUsage();
    console.log(`\n${seconds(performance.now() - this.#startedAt)}, processor time ${seconds((user + system) / 1_000)}`);
    console.log(`${passes} passed, ${failed} failed${this.#skipped.length > 0 ? `, ${this.#skipped.length} skipped` : ''}`);
    if (!isWatching()) exitInTime();
    callback(failed);
  }
};

/** Ends a process that something keeps alive. The timer itself does not. */
function exitInTime() {
  setTimeout(() => {
    console.log(`Still running ${seconds(EXIT_LIMIT_MS)} after the last test: ${process.getActiveResourcesInfo().join(', ')}`);
    process.exit(1);
  }, EXIT_LIMIT_MS).unref();
}

function isWatching() {
  return process.argv.includes('--watch') || process.argv.includes('-w');
}

/** @param {Error | undefined} error */
function firstLine(error) {
  return String(error?.message ?? error).split('\n', 1)[0];
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`;
}
