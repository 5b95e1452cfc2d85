/**
 * The main job, `npm start`: real events through sampling, enrichment and batching to several sinks, with a count of every event's outcome.
 *
 * It uses the public package, mostly in `run.ts`; the other files belong to this program.
 */
import { fileURLToPath } from 'node:url';
import { processIo, type Io } from './io.js';
import { parseOptions, USAGE, UsageError } from './options.js';
import { run } from './run.js';

/** Runs to the end of the input, or until it is asked to stop. Returns the exit code: 0 if all events were delivered and the ledger balances. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    const options = parseOptions(argv);
    if (!options.help) return await run(options, io);
    io.print(USAGE);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.print(`${error.message}\nnpm start -- --help explains the arguments.`);
    return 2;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
