import { anObject, complaint, formatValue, isObject, type Expectation } from './check-option.js';

/**
 * How one option is read:
 * - `check`: required; a nested table is filled with its defaults when left out
 * - `[check]`: optional, `undefined` when left out
 * - `[check, default]`
 */
export type OptionRow<V> = OptionCheck | readonly [OptionCheck] | readonly [OptionCheck, fallback: Exclude<V, undefined>];

type OptionCheck = Expectation | OptionTable;

/** The options of one function or class. As an expectation, it accepts any object. */
export interface OptionTable<P = unknown> extends Expectation {
  /**
   * A frozen copy of `options` with every key of the table. Each property is read once.
   *
   * @throws TypeError for an invalid or unknown option, unless `onFault` takes it
   */
  parse(options: unknown, context?: ParseContext): P;
}

export interface ParseContext {
  /** Replaces the defaults of the table. */
  readonly base?: unknown;
  /** Where the options are found in a larger object, dotted. @default none */
  readonly path?: string;
  /** Called with each fault; the option then has its default. @default throws a TypeError with the message */
  readonly onFault?: (fault: OptionFault, message: string) => void;
}

export interface OptionFault {
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** The result of `parse`: no option is left out but those in `Optional`, which have no default. */
export type Parsed<T, Optional extends keyof T = never> = {
  readonly [K in keyof T]-?: K extends Optional ? T[K] | undefined : Exclude<T[K], undefined>;
};

/**
 * The one way to check options: keys, checks, defaults and secrecy in one table.
 *
 * Unknown options are refused, and the nearest known name is suggested: a misspelt option that is ignored loses or leaks events.
 *
 * @example
 * const OPTIONS = optionsOf<BatchLimits>({ maxCount: [anInteger(1), 100], maxAgeMs: [aDelay(), 30_000] });
 * const { maxCount, maxAgeMs } = OPTIONS.parse(options);
 */
export function optionsOf<T extends object, Optional extends keyof T = never>(rows: {
  readonly [K in keyof T]-?: OptionRow<T[K]>;
}): OptionTable<Parsed<T, Optional>> {
  const table = rows as Readonly<Record<string, OptionRow<unknown>>>;
  const keys = Object.keys(table);
  return {
    expected: 'an object',
    accepts: isObject,
    parse(options = {}, { base = {}, path = '', onFault = throwFault } = {}) {
      const pathOf = (key: string): string => (path === '' ? key : `${path}.${key}`);
      const refuse = (at: string, { expected, isSecret }: Expectation, value: unknown, hint = ''): void => {
        const got = isSecret && value !== undefined ? `a ${typeof value}` : formatValue(value);
        onFault({ path: at, expected, got }, complaint(`\`${at || 'options'}\``, expected, got) + hint);
      };
      const given = isObject(options) ? options : {};
      if (given !== options) {
        const meant = keys.find((key) => checkOf(table[key]).accepts(options));
        refuse(
          path,
          { ...anObject, isSecret: typeof options === 'string' },
          options,
          meant === undefined ? '' : `. Did you mean \`{ ${meant}: … }\`?`,
        );
      }
      for (const key of Object.keys(given)) if (!Object.hasOwn(table, key)) onFault(...unknownOption(pathOf(key), key, keys, pathOf));
      const parsed: Record<string, unknown> = {};
      for (const key of keys) {
        const row = table[key];
        const check = checkOf(row);
        const value = given[key];
        const fallback = (base as Readonly<Record<string, unknown>>)[key] ?? (Array.isArray(row) ? row[1] : undefined);
        if (value === undefined && (fallback !== undefined || Array.isArray(row))) parsed[key] = fallback;
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

const checkOf = (row: OptionRow<unknown> | undefined): OptionCheck => (Array.isArray(row) ? row[0] : row) as OptionCheck;

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
  const [nearest = '', distance = Infinity] =
    keys.map((key) => [key, distanceOf(name, key)] as const).sort(([, a], [, b]) => a - b)[0] ?? [];
  // Half of the name may differ: `retries` is meant as `retry`, and `foo` as nothing.
  const hint = distance <= Math.ceil(Math.max(name.length, nearest.length) / 2) ? ` Did you mean \`${pathOf(nearest)}\`?` : '';
  return [
    { path, expected: `one of the options ${names}`, got: 'an unknown option' },
    `Unknown option \`${path}\`.${hint} Options: ${names}`,
  ];
}

/** The Levenshtein distance of two names, regardless of case; of a long name the start counts. */
function distanceOf(first: string, second: string): number {
  const name = first.slice(0, 40).toLowerCase();
  let row = Array.from({ length: second.length + 1 }, (_, index) => index);
  for (let i = 0; i < name.length; i += 1) {
    const above = row;
    row = [i + 1];
    for (let j = 0; j < second.length; j += 1) {
      const replaced = (above[j] ?? 0) + Number(name[i] !== second[j]?.toLowerCase());
      row.push(Math.min(replaced, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
  }
  return row.at(-1) ?? 0;
}
