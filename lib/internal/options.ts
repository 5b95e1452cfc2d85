import { anObject, complaint, formatValue, isObject, type Expectation } from './check-option.js';

/**
 * A row of an options table:
 * - `check`: required; a nested table is filled with its defaults when left out
 * - `[check]`: optional, `undefined` when left out
 * - `[check, default]`
 */
export type OptionRow<V> = OptionCheck | readonly [OptionCheck] | readonly [OptionCheck, fallback: Exclude<V, undefined>];

export type OptionCheck = Expectation | OptionTable;

/** The options of one function or class. As an expectation, it accepts any object. */
export interface OptionTable<P = unknown> extends Expectation {
  /**
   * A frozen copy of `options` with every key of the table. Each property is read once.
   *
   * @throws TypeError for an invalid or unknown option, unless `onFault` is set
   */
  parse(options: unknown, context?: ParseContext): P;
}

export interface ParseContext {
  /** Replaces the defaults of the table. */
  readonly base?: unknown;
  /** The dotted path of the options within a larger object. @default none */
  readonly path?: string;
  /** Called with each fault; the option then gets its default. @default throws a TypeError with the message */
  readonly onFault?: (fault: OptionFault, message: string) => void;
}

export interface OptionFault {
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** The result of `parse`: every option is set, except those in `Optional`, which have no default. */
export type Parsed<T, Optional extends keyof T = never> = {
  readonly [K in keyof T]-?: K extends Optional ? T[K] | undefined : Exclude<T[K], undefined>;
};

/**
 * Defines a table of options, which contains their keys, checks, defaults and secrecy.
 *
 * Unknown options are refused, and the nearest known name is suggested: ignoring a misspelt option could lose or leak events.
 *
 * The rows are created when the table is first used: importing a module has no side effects, and bundlers remove unused tables.
 *
 * ```
 * const OPTIONS = optionsOf<BatchLimits>(() => ({ maxCount: [anInteger(1), 100], maxAgeMs: [aDelay(), 30_000] }));
 * const { maxCount, maxAgeMs } = OPTIONS.parse(options);
 * ```
 */
export function optionsOf<T extends object, Optional extends keyof T = never>(
  rows: () => { readonly [K in keyof T]-?: OptionRow<T[K]> },
): OptionTable<Parsed<T, Optional>> {
  let table: Readonly<Record<string, OptionRow<unknown>>> | undefined;
  return {
    expected: 'an object',
    accepts: isObject,
    parse(options = {}, { base = {}, path = '', onFault = throwFault } = {}) {
      const known = (table ??= rows());
      const keys = Object.keys(known);
      const pathOf = (key: string): string => (path === '' ? key : `${path}.${key}`);
      const refuse = (at: string, { expected, isSecret }: Expectation, value: unknown, hint = ''): void => {
        const got = isSecret && value !== undefined ? `a ${typeof value}` : formatValue(value);
        onFault({ path: at, expected, got }, complaint(`\`${at || 'options'}\``, expected, got) + hint);
      };
      const given = isObject(options) ? options : {};
      if (given !== options) {
        const meant = keys.find((key) => checkOf(known[key]).accepts(options));
        refuse(
          path,
          { ...anObject, isSecret: typeof options === 'string' },
          options,
          meant === undefined ? '' : `. Did you mean \`{ ${meant}: … }\`?`,
        );
      }
      for (const key of Object.keys(given)) if (!Object.hasOwn(known, key)) onFault(...unknownOption(pathOf(key), key, keys, pathOf));
      const parsed: Record<string, unknown> = {};
      for (const key of keys) {
        const row = known[key];
        const check = checkOf(row);
        const value = given[key];
        const fallback = (base as Readonly<Record<string, unknown>>)[key] ?? (isRow(row) ? (row as readonly unknown[])[1] : undefined);
        if (value === undefined && (fallback !== undefined || isRow(row))) parsed[key] = fallback;
        else if ('parse' in check) parsed[key] = check.parse(value, { base: fallback, path: pathOf(key), onFault });
        else if (check.accepts(value)) parsed[key] = value;
        else {
          refuse(pathOf(key), check, value);
          parsed[key] = fallback;
        }
      }
      return Object.freeze(parsed) as Parsed<T, Optional>;
    },
  };
}

const isRow = (row: OptionRow<unknown> | undefined): row is Extract<OptionRow<unknown>, readonly unknown[]> => Array.isArray(row);

const checkOf = (row: OptionRow<unknown> | undefined): OptionCheck => (isRow(row) ? row[0] : row) as OptionCheck;

const throwFault = (_fault: OptionFault, message: string): never => {
  throw new TypeError(message);
};

function unknownOption(
  path: string,
  name: string,
  keys: readonly string[],
  pathOf: (key: string) => string,
): [fault: OptionFault, message: string] {
  const names = keys.join(', ');
  let nearest = '';
  let best = 0;
  for (const key of keys) {
    const score = likeness(name.toLowerCase(), key.toLowerCase()) / Math.max(name.length, key.length);
    if (score > best) {
      best = score;
      nearest = key;
    }
  }
  const hint = best > MIN_LIKENESS ? ` Did you mean \`${pathOf(nearest)}\`?` : '';
  return [
    { path, expected: `one of the options ${names}`, got: 'an unknown option' },
    `Unknown option \`${path}\`.${hint} Options: ${names}`,
  ];
}

/** `retries` suggests `retry` (4 of 7); `foo` suggests nothing. */
const MIN_LIKENESS = 0.4;

/** Characters that two names share at their start and at their end. */
function likeness(first: string, second: string): number {
  const length = Math.min(first.length, second.length);
  let start = 0;
  while (start < length && first[start] === second[start]) start += 1;
  let end = 0;
  while (end < length - start && first.at(-1 - end) === second.at(-1 - end)) end += 1;
  return start + end;
}
