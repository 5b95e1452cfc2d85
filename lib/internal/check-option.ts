/** The longest delay that a timer can take: beyond it, `setTimeout` and `setInterval` fire at once. About 24.8 days. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/** A value as an error message shows it: primitives in full, everything else by its kind. */
export function describe(value: unknown): string {
  if (value === null) return '`null`';
  if (Array.isArray(value)) return 'an array';
  switch (typeof value) {
    case 'string':
      return `\`'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'\` (string)`;
    case 'number':
    case 'boolean':
    case 'bigint':
      return `\`${String(value)}\` (${typeof value})`;
    case 'undefined':
      return '`undefined`';
    case 'object':
      return 'an object';
    default:
      return `a ${typeof value}`;
  }
}

/** A test and the words for what it accepts. */
export interface Expectation {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

export const aBoolean: Expectation = { expected: 'a boolean', accepts: (value) => typeof value === 'boolean' };
export const anObject: Expectation = { expected: 'an object', accepts: (value) => typeof value === 'object' && value !== null };
export const anArray: Expectation = { expected: 'an array', accepts: (value) => Array.isArray(value) };
export const aFunction: Expectation = { expected: 'a function', accepts: (value) => typeof value === 'function' };
export const aNonEmptyString: Expectation = {
  expected: 'a non-empty string',
  accepts: (value) => typeof value === 'string' && value !== '',
};

/** A whole number ≥ `min`; `Infinity` where `orInfinity` says so. */
export const anInteger = (min: number, orInfinity = false): Expectation => ({
  expected: `an integer ≥ ${String(min)}${orInfinity ? ' or Infinity' : ''}`,
  accepts: (value) => (Number.isSafeInteger(value) && (value as number) >= min) || (orInfinity && value === Infinity),
});

/** A finite number within `[min, max]`. */
export const aNumber = (min: number, max = Infinity): Expectation => ({
  expected: max === Infinity ? `a finite number ≥ ${String(min)}` : `a number from ${String(min)} to ${String(max)}`,
  accepts: (value) => Number.isFinite(value) && (value as number) >= min && (value as number) <= max,
});

/** A delay that a timer can take; `Infinity` means none. */
export const aDelay = (min = 0): Expectation => ({
  expected: `a number of milliseconds from ${String(min)} to ${String(MAX_DELAY_MS)}, or Infinity`,
  accepts: (value) => typeof value === 'number' && value >= min && (value <= MAX_DELAY_MS || value === Infinity),
});

export const aScheduler: Expectation = {
  expected: 'a scheduler',
  accepts: (value) => typeof value === 'object' && value !== null && 'now' in value && 'schedule' in value,
};

export const oneOf = (values: readonly unknown[]): Expectation => ({
  expected: `one of ${values.map((value) => `'${String(value)}'`).join(', ')}`,
  accepts: (value) => values.includes(value),
});

/** Throws for a programmer's mistake: ``Expected `maxAgeMs` to be a finite number ≥ 1, got `-5` (number)``. */
export function checkOption(name: string, value: unknown, { expected, accepts }: Expectation): void {
  if (!accepts(value)) throw new TypeError(`Expected \`${name}\` to be ${expected}, got ${describe(value)}`);
}
