/**
 * Runs the simulation at length: `npm run simulate -- [--seeds N] [--from SEED]`, or one seed with its trace: `npm run simulate -- --seed SEED`.
 *
 * Every core gets a process of its own. The first promise that isn't kept ends the run; its seed is printed, and replays exactly.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { simulate, Violation } from '../spec/support/simulation/simulate.js';
import { commandLine, wholeNumber } from './command-line.js';

const USAGE = `Runs whole collectors through seeded lives, and checks the guarantees.

  npm run simulate -- [--seeds N] [--from SEED]
  npm run simulate -- --seed SEED

  --seeds N     how many seeds to run (default 10000)
  --from SEED   the first of them (default 1)
  --seed SEED   run one seed, and print what happens in it
  -h, --help    print this

Ends with 1 if a promise was not kept, and with 2 for invalid arguments.`;

/** Seeds per message to a worker. */
const PORTION = 100;
const PROGRESS_MS = 1_000;

/** The result of a worker for a portion. */
type Result = { readonly done: number } | { readonly violation: string };

const { values } = commandLine(USAGE, {
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string', default: '10000' },
    from: { type: 'string', default: '1' },
    worker: { type: 'boolean' },
  },
});

if (values.worker === true) work();
else if (values.seed !== undefined) await replay(wholeNumber('seed', values.seed));
else await run(wholeNumber('from', values.from), wholeNumber('seeds', values.seeds, 1));

/** Runs portions of seeds for its parent until that disconnects. */
function work(): void {
  process.on('message', (seeds: readonly number[]) => {
    void portion(seeds).then((result) => process.send?.(result));
  });
}

async function portion(seeds: readonly number[]): Promise<Result> {
  for (const seed of seeds) {
    try {
      await simulate(seed);
    } catch (error) {
      return { violation: describe(error, seed) };
    }
  }
  return { done: seeds.length };
}

async function replay(seed: number): Promise<void> {
  try {
    await simulate(seed, (line) => {
      console.log(line);
    });
    console.log(`✓ seed ${String(seed)}`);
  } catch (error) {
    console.log(`✗ ${describe(error, seed)}`);
    process.exitCode = 1;
  }
}

async function run(from: number, count: number): Promise<void> {
  const started = performance.now();
  const end = from + count;
  let next = from;
  let done = 0;
  let violation: string | undefined;
  const progress = setInterval(() => {
    const perSecond = (done * 1_000) / (performance.now() - started);
    const left = done === 0 ? '' : `, ${String(Math.ceil((count - done) / perSecond))} s left`;
    status(`${done.toLocaleString('en')} of ${count.toLocaleString('en')} seeds, ${perSecond.toFixed(0)} a second${left}`);
  }, PROGRESS_MS);
  const workers = Array.from({ length: availableParallelism() }, () =>
    fork(fileURLToPath(import.meta.url), ['--worker'], { execArgv: ['--import', 'tsx'] }),
  );
  await Promise.all(
    workers.map(async (worker) => {
      while (next < end && violation === undefined) {
        const seeds = Array.from({ length: Math.min(PORTION, end - next) }, (_each, index) => next + index);
        next += seeds.length;
        const result = await ask(worker, seeds);
        if ('violation' in result) violation ??= result.violation;
        else done += result.done;
      }
      worker.disconnect();
    }),
  );
  clearInterval(progress);
  status('');
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  if (violation === undefined) console.log(`✓ ${done.toLocaleString('en')} seeds from ${String(from)} on, ${seconds} s`);
  else console.log(`✗ ${violation}\n  after ${done.toLocaleString('en')} seeds, ${seconds} s`);
  if (violation !== undefined) process.exitCode = 1;
}

function ask(worker: ChildProcess, seeds: readonly number[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => {
      reject(new Error(`A worker ended with ${String(code)} at one of the seeds from ${String(seeds[0])} to ${String(seeds.at(-1))}`));
    };
    worker.once('exit', onExit);
    worker.once('message', (result: Result) => {
      worker.off('exit', onExit);
      resolve(result);
    });
    worker.send(seeds);
  });
}

/** One line that stays where it is, on a terminal; elsewhere a line each time. */
function status(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`);
  else if (line !== '') console.log(line);
}

function describe(error: unknown, seed: number): string {
  if (error instanceof Violation) return error.message;
  return `seed ${String(seed)}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
