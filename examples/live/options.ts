import { parseArgs } from 'node:util';

export interface LiveOptions {
  /** A file; `-` is standard input. Left out: standard input if something comes from there, else this machine. */
  readonly input: string | undefined;
  readonly typeField: string | undefined;
  readonly timeField: string | undefined;
  readonly idField: string | undefined;
  /** Records per second. */
  readonly rate: number | undefined;
  /** Share of the events that is kept, from 0 to 1. */
  readonly sample: number;
  readonly seconds: number | undefined;
  /** The file that is appended to. */
  readonly out: string | undefined;
  readonly help: boolean;
}

export const USAGE = `Sends events through a collector to an NDJSON file, and accounts for every one of them.

  npm start -- FILE.ndjson[.gz]     the records of a file
  … | npm start                     those of standard input (npm start -- - waits for them)
  npm start                         what goes on in this machine and folder, until Ctrl-C

  --type-field NAME   the field with an event's type; a dotted name is taken literally first, then as a path
  --time-field NAME   the field with its time: ISO 8601, or seconds or milliseconds since 1970
  --id-field NAME     the field with its id             (left out, all three are guessed)
  --rate N            read at most N records per second
  --sample RATE       keep this share of the events, and of every type at least one a minute
  --seconds N         stop after N seconds
  --out FILE          append to this file instead of a new one in .events/
  --help`;

/** What a timer can take. */
const MAX_SECONDS = 2_147_483;

/** A command line that can't be meant. */
export class UsageError extends Error {}

/** @throws UsageError */
export function parseOptions(argv: readonly string[]): LiveOptions {
  const { values, positionals } = parsed(argv);
  if (positionals.length > 1) throw new UsageError(`Expected one file, got ${String(positionals.length)}`);
  return {
    input: positionals[0],
    typeField: values['type-field'],
    timeField: values['time-field'],
    idField: values['id-field'],
    rate: numberIn('--rate', values.rate, 0.001, 1e9),
    sample: numberIn('--sample', values.sample, 0, 1) ?? 1,
    seconds: numberIn('--seconds', values.seconds, 0.001, MAX_SECONDS),
    out: values.out,
    help: values.help === true,
  };
}

function parsed(argv: readonly string[]): ReturnType<typeof parse> {
  try {
    return parse(argv);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parse(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      'type-field': text,
      'time-field': text,
      'id-field': text,
      rate: text,
      sample: text,
      seconds: text,
      out: text,
      help: { type: 'boolean', short: 'h' },
    },
  });
}

function numberIn(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw new UsageError(`Expected ${name} to be a number from ${String(min)} to ${String(max)}, got '${text}'`);
}
