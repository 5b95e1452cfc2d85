import { isObservable } from 'rxjs';

/** The longest delay that a timer supports: timers with a longer one fire immediately. About 24.8 days. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/** Replaces a value whose getter threw, so that validation reports it. */
export const UNREADABLE: unique symbol = /* @__PURE__ */ Symbol('unreadable');

/** Formats a value for an error message: primitives in full, everything else by its kind. */
export function formatValue(value: unknown): string {
  switch (typeof value) {
    case 'object':
      if (value === null) return '`null`';
      if (Array.isArray(value)) return 'an array';
      return isFunction((value as { readonly then?: unknown }).then) ? 'a Promise' : 'an object';
    case 'undefined':
      return '`undefined`';
    case 'function':
    case 'symbol':
      return value === UNREADABLE ? 'a value that throws when read' : `a ${typeof value}`;
    case 'string':
      return `\`'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'\` (string)`;
    default:
      return `\`${String(value)}\` (${typeof value})`;
  }
}

/** A check, and a description of the values that it accepts. */
export interface Expectation {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
  /** Whether error messages must not show the value. */
  readonly isSecret?: boolean;
}

/** The same expectation for a value that error messages must not show, such as a key. */
export const secret = (expectation: Expectation): Expectation => ({ ...expectation, isSecret: true });

export const isFunction = (value: unknown): boolean => typeof value === 'function';
export const isNonEmptyString = (value: unknown): value is string => typeof value === 'string' && value !== '';
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const anything: Expectation = { expected: 'anything', accepts: () => true };
export const aBoolean: Expectation = { expected: 'a boolean', accepts: (value) => typeof value === 'boolean' };
export const anObject: Expectation = { expected: 'an object', accepts: isObject };
export const anArray: Expectation = { expected: 'an array', accepts: (value) => Array.isArray(value) };
export const aFunction: Expectation = { expected: 'a function', accepts: isFunction };
export const aString: Expectation = { expected: 'a string', accepts: (value) => typeof value === 'string' };
export const aNonEmptyString: Expectation = { expected: 'a non-empty string', accepts: isNonEmptyString };

/** An integer ≥ `min`; `Infinity` if `orInfinity`. */
export const anInteger = (min: number, orInfinity = false): Expectation => ({
  expected: `an integer ≥ ${String(min)}${orInfinity ? ' or Infinity' : ''}`,
  accepts: (value) => (Number.isSafeInteger(value) && (value as number) >= min) || (orInfinity && value === Infinity),
});

/** A finite number within `[min, max]`. */
export const aNumber = (min: number, max = Infinity): Expectation => ({
  expected: max === Infinity ? `a finite number ≥ ${String(min)}` : `a number from ${String(min)} to ${String(max)}`,
  accepts: (value) => Number.isFinite(value) && (value as number) >= min && (value as number) <= max,
});

/** A delay that a timer supports; `Infinity` means none. */
export const aDelay = (min = 0): Expectation => ({
  expected: `a number of milliseconds from ${String(min)} to ${String(MAX_DELAY_MS)}, or Infinity`,
  accepts: (value) => typeof value === 'number' && value >= min && (value <= MAX_DELAY_MS || value === Infinity),
});

export const anObservable: Expectation = { expected: 'an Observable', accepts: isObservable };

export const aScheduler: Expectation = {
  expected: 'a scheduler',
  accepts: (value) => isObject(value) && 'now' in value && 'schedule' in value,
};

export const oneOf = (values: readonly unknown[]): Expectation => ({
  expected: `one of ${values.map((value) => `'${String(value)}'`).join(', ')}`,
  accepts: (value) => values.includes(value),
});

/** The message of all option errors. */
export const complaint = (path: string, expected: string, got: string): string => `Expected ${path} to be ${expected}, got ${got}`;

/** Checks one positional argument; for options see `optionsOf`. Throws ``Expected `sink` to be a sink …, got `-5` (number)``. */
export function checkArgument(name: string, value: unknown, { expected, accepts }: Expectation): void {
  if (!accepts(value)) throw new TypeError(complaint(`\`${name}\``, expected, formatValue(value)));
}
