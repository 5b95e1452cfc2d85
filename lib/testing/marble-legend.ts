import { deepEqual } from './deep-equal.js';
import { show } from './show.js';

/** A notification recorded by `TestScheduler`. */
export interface Notification {
  readonly kind: 'N' | 'E' | 'C';
  readonly value?: unknown;
  readonly error?: unknown;
}

/** A value and its marble. */
export interface NamedValue {
  readonly letter: string;
  readonly value: unknown;
}

/** `!` stands for any error except the first. */
const ERROR_LETTERS = ['#', '!'];
const SPARE_LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');

/** Assigns a letter to each distinct value of a diagram, preferably the one that the test uses. */
export class MarbleLegend {
  readonly #known: readonly NamedValue[];
  readonly #values: NamedValue[] = [];
  readonly #errors: NamedValue[] = [];

  /** @param known the test's own names, in order of precedence */
  constructor(known: readonly NamedValue[]) {
    this.#known = known;
  }

  letterOf({ kind, value, error }: Notification): string {
    if (kind === 'C') return '|';
    if (kind === 'E') return give(this.#errors, error, ERROR_LETTERS);
    const names = this.#known.filter((one) => deepEqual(one.value, value)).map(({ letter }) => letter);
    const itself = typeof value === 'string' && /^[^\s()|#^!-]$/u.test(value) ? [value] : [];
    return give(this.#values, value, [...itself, ...names, ...SPARE_LETTERS]);
  }

  /** The explanation of the letters that the test doesn't use. */
  lines(): string[] {
    const values = this.#values.filter(({ letter, value }) => letter !== value);
    const errors = this.#errors.filter(({ letter, value }) => letter !== '#' || value !== 'error');
    return [...values, ...errors].map(({ letter, value }) => `  ${letter} = ${show(value)}`);
  }
}

function give(given: NamedValue[], value: unknown, candidates: readonly string[]): string {
  const before = given.find((one) => deepEqual(one.value, value));
  if (before !== undefined) return before.letter;
  const letter = candidates.find((candidate) => given.every((one) => one.letter !== candidate)) ?? '?';
  given.push({ letter, value });
  return letter;
}
