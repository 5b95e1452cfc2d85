/**
 * The main job, `npm start`: real events through sampling, enrichment and batching to an NDJSON file, each of them accounted for.
 *
 * All of it is plain use of the package; what is particular to this program lies in the files beside this one.
 */
import { join, relative, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  asyncScheduler,
  concatMap,
  defer,
  EMPTY,
  interval,
  lastValueFrom,
  merge,
  NEVER,
  ReplaySubject,
  take,
  takeUntil,
  timer,
  type Observable,
} from 'rxjs';
import { EventCollector } from 'rx-event-collector';
import { fromNdjson, ndjsonFileSink } from 'rx-event-collector/node';
import { BadLines } from './bad-lines.js';
import { machineSource } from './machine-source.js';
import { parseOptions, USAGE, UsageError, type LiveOptions } from './options.js';
import { pace } from './pace.js';
import { pipedInput } from './piped-input.js';
import { recordReader } from './record-to-event.js';
import { ledgerLines, progressLine } from './report.js';
import { stopRequests } from './stop-requests.js';
import { Tally } from './tally.js';

/** What the program has of the world. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly cwd: string;
  readonly print: (line: string) => void;
  /** Emits when the program is asked to stop. */
  readonly stop$: Observable<unknown>;
}

const PATIENCE_MS = 2_000;
const SHUTDOWN_MS = 10_000;

/** Runs to the end of the input, or until it is asked to stop. Gives the exit code: 0 if all arrived and the books balance. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  let options: LiveOptions;
  try {
    options = parseOptions(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.print(`${error.message}\n\n${USAGE}`);
    return 2;
  }
  if (!options.help) return run(options, io);
  io.print(USAGE);
  return 0;
}

async function run(options: LiveOptions, { stdin, cwd, print, stop$ }: Io): Promise<number> {
  const startedAt = asyncScheduler.now();
  const out = resolve(cwd, options.out ?? join('.events', `${new Date(startedAt).toISOString().replaceAll(/[:.]/g, '-')}.ndjson`));
  const input = options.input ?? (await findInput(stdin, print));
  if (input !== '-') stdin.destroy();
  const machine = `this machine and ${cwd}, ${options.seconds === undefined ? 'until Ctrl-C' : `for ${String(options.seconds)} s`}`;
  print(`from  ${input === '-' ? 'standard input' : (input ?? machine)}`);
  print(`to    ${relative(cwd, out)}`);

  const sampling = { rate: options.sample };
  const collector = new EventCollector({
    sinks: [ndjsonFileSink({ path: out })],
    // So that collectAsync waits while the file can't keep up, and nothing is dropped.
    lane: { overflow: 'block' },
    enrichers: (event) => ({ ...event, metadata: { ...event.metadata, source: input ?? 'machine' } }),
    config: { sampling, categories: { performance: { sampling } }, batch: { maxAgeMs: 1_000 } },
  });
  const stop = new ReplaySubject<unknown>(1);
  const tally = new Tally();
  const badLines = new BadLines();
  const running = merge(stop$, options.seconds === undefined ? NEVER : timer(options.seconds * 1_000)).subscribe(stop);
  running.add(interval(1_000).subscribe((index) => print(progressLine(index + 1, collector.stats()))));
  collector.subscribe((event) => tally.add(event));
  collector.deadLetters$.pipe(take(1)).subscribe(({ error }) => print(`delivery failed: ${error.message}`));

  const paced = options.rate === undefined ? defer : pace(options.rate);
  const toEvent = recordReader(options);
  const collected$ =
    input === undefined
      ? machineSource(cwd, (path) => path === out).pipe(concatMap((event) => collector.collectAsync(event)))
      : fromNdjson(input === '-' ? stdin : resolve(cwd, input), {
          project: (line) => {
            const event = line.ok ? toEvent(line.value) : undefined;
            if (event !== undefined) return paced(() => collector.collectAsync(event));
            badLines.add(line.line, line.ok ? 'not an object' : line.error);
            return EMPTY;
          },
        });

  let isComplete = true;
  try {
    await lastValueFrom(collected$.pipe(takeUntil(stop)), { defaultValue: undefined });
  } catch (error) {
    isComplete = false;
    print(`input failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  await collector.shutdown({ timeoutMs: SHUTDOWN_MS });
  running.unsubscribe();

  const stats = collector.stats();
  const { lines, isBalanced } = ledgerLines(stats);
  for (const line of ['', ...tally.lines(), ...badLines.lines(), '', ...lines, `  ${relative(cwd, out)}`]) print(line);
  const hasArrived = Object.values(stats.sinks).every(({ failed, dropped }) => failed + dropped === 0);
  return isComplete && isBalanced && hasArrived ? 0 : 1;
}

async function findInput(stdin: Io['stdin'], print: Io['print']): Promise<'-' | undefined> {
  const piped = await pipedInput(stdin, PATIENCE_MS);
  if (piped === 'silence') print('Standard input is silent, and left alone; `npm start -- -` waits for it.');
  return piped === 'something' ? '-' : undefined;
}

function processIo(): Io {
  // Whoever read along may leave, as `head` does; the file is still written.
  process.stdout.on('error', () => undefined);
  return {
    stdin: process.stdin,
    cwd: process.cwd(),
    print: (line) => process.stdout.write(`${line}\n`),
    stop$: stopRequests(),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
