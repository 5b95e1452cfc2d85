import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { OverflowPolicy } from 'rx-event-collector';
import { HEALTHS, type Health } from './faulty-sink.js';
import { UPSTREAM } from './sinks.js';

export interface LiveOptions {
  /** A file; `-` is standard input. @default standard input if it has data, else this machine */
  readonly input: string | undefined;
  readonly typeField: string | undefined;
  readonly timeField: string | undefined;
  readonly idField: string | undefined;
  /** Records per second. */
  readonly rate: number | undefined;
  readonly seconds: number | undefined;
  /** The file that is appended to. */
  readonly out: string | undefined;
  /** The SQLite database in which they are stored as well; `false`: none. */
  readonly store: string | false;
  /** Further destinations: `NAME=URL`. */
  readonly to: readonly string[];
  /** The folder that keeps what the sinks have not got yet; `undefined`: memory only. */
  readonly spool: string | undefined;
  /** Whether the database was asked for: then the run fails without it. */
  readonly isStoreAsked: boolean;
  /** Share of the events that is kept, from 0 to 1. */
  readonly sample: number;
  /** What each lane holds at most. */
  readonly queue: number;
  /** By sink. */
  readonly faults: Readonly<Record<string, Health>>;
  /** What happens when the upstream's lane is full. */
  readonly overflow: OverflowPolicy;
  /** Begin with a pause. */
  readonly paused: boolean;
  /** Seconds that sinks have, at the end, for pending events. */
  readonly grace: number;
  readonly plain: boolean;
  readonly json: boolean;
  /** Whether a page is served. */
  readonly web: boolean;
  readonly help: boolean;
}

/** At most 80 columns wide. */
export const USAGE = `Sends events through a collector to a file, a database and an upstream, and
counts the outcome of each.

  npm start -- FILE.ndjson[.gz]   the records of a file
  … | npm start                   records of standard input
  npm start                       events of this machine and folder, until
                                  Ctrl-C

  --type-field NAME   the field with an event's type; a dotted name is taken
                      literally first, then as a path
  --time-field NAME   the field with its time: ISO 8601, or seconds or
                      milliseconds since 1970
  --id-field NAME     the field with its id (without these options, all
                      three are guessed)
  --rate N            read at most N records per second
  --seconds N         stop after N seconds
  --out FILE          append to this file instead of a new one in .events/
  --store FILE        the SQLite database that keeps the events of all runs,
                      each id once (.events/events.db)
  --no-store          none
  --to NAME=URL       send them to a server, too; may be repeated
                      otlp=URL: an OpenTelemetry receiver, such as
                      http://localhost:4318
                      clickhouse=URL?table=NAME: ClickHouse
                      posthog=URL?key=KEY: PostHog
  --spool DIR         keep undelivered events in this folder: the next run with
                      it delivers them, whatever ended this one

  --sample RATE       keep this share of the events, and of every type at least
                      one a minute
  --queue N           the most events that each sink's lane holds (10000)
  --fault KIND        make the upstream slow, failing or hanging; SINK=KIND
                      another sink; may be repeated
  --overflow POLICY   when the upstream's lane is full: drop_lowest_priority,
                      the default, drop_oldest, drop_newest, or block, which
                      slows the input down
  --paused            begin with a pause, on a terminal
  --grace N           at the end, wait N seconds for pending events (10)

  --plain             one line a second, as without a terminal
  --no-web            no page for a browser; without this option, its address is
                      printed (not with --json)
  --json              for machines: one JSON object a second, and one at the end
  --help

On a terminal, keys change most of these; the screen shows them. Exit code: 0 if
every accepted event was delivered, 1 if not, or if no line of the input was an
object, no record had a named field, or --store can't be opened; 2 for invalid
arguments.`;

/** The longest delay of a timer. */
const MAX_SECONDS = 2_147_483;
const POLICIES: readonly OverflowPolicy[] = ['drop_lowest_priority', 'drop_oldest', 'drop_newest', 'block'];

/** Invalid arguments. */
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
    seconds: numberIn('--seconds', values.seconds, 0.001, MAX_SECONDS),
    out: values.out,
    store: values['no-store'] === true ? false : (values.store ?? join('.events', 'events.db')),
    to: values.to ?? [],
    spool: values.spool,
    isStoreAsked: values.store !== undefined,
    sample: numberIn('--sample', values.sample, 0, 1) ?? 1,
    queue: Math.floor(numberIn('--queue', values.queue, 1, 1e9) ?? 10_000),
    faults: Object.fromEntries((values.fault ?? []).map(faultOf)),
    overflow: oneOf('--overflow', values.overflow ?? 'drop_lowest_priority', POLICIES),
    paused: values.paused === true,
    grace: numberIn('--grace', values.grace, 0, MAX_SECONDS) ?? 10,
    plain: values.plain === true,
    json: values.json === true,
    web: values['no-web'] !== true && values.json !== true,
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
  const flag = { type: 'boolean' } as const;
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      'type-field': text,
      'time-field': text,
      'id-field': text,
      rate: text,
      seconds: text,
      out: text,
      store: text,
      'no-store': flag,
      to: { type: 'string', multiple: true },
      spool: text,
      sample: text,
      queue: text,
      fault: { type: 'string', multiple: true },
      overflow: text,
      paused: flag,
      grace: text,
      plain: flag,
      json: flag,
      'no-web': flag,
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

function faultOf(text: string): [sink: string, health: Health] {
  const [sink, kind] = text.includes('=') ? [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] : [UPSTREAM, text];
  return [sink, oneOf('--fault', kind, HEALTHS)];
}

function oneOf<T extends string>(name: string, text: string, values: readonly T[]): T {
  const value = values.find((each) => each === text);
  if (value === undefined) throw new UsageError(`Expected ${name} to be one of ${values.join(', ')}, got '${text}'`);
  return value;
}
