import type { SinkErrorKind } from '../errors/sink-error.js';
import { checkArgument, formatValue, MAX_DELAY_MS } from '../internal/check-option.js';

/** One attempt of a script. */
export interface Step {
  /** The word, as written in the script. */
  readonly word: string;
  readonly manner: 'answers' | 'answers late' | 'hangs' | 'throws';
  /** The fraction of the batch that is accepted, from 0 to 1. */
  readonly takes: number;
  /** The kind of the attempt's failure. If absent, the attempt succeeds. */
  readonly failure?: SinkErrorKind;
  /** Milliseconds until the answer; for a late answer, since the attempt was abandoned. */
  readonly delayMs?: number;
  readonly retryAfterMs?: number;
}

/** The meaning of a word and, if a number is allowed after it, of the number. */
type Meaning = Omit<Step, 'word' | 'delayMs' | 'retryAfterMs'> & { readonly number?: 'delayMs' | 'retryAfterMs' };

const WORDS: ReadonlyMap<string, Meaning> = new Map([
  ['ok', { manner: 'answers', takes: 1, number: 'delayMs' }],
  ['fail', { manner: 'answers', takes: 0, failure: 'write_failed', number: 'delayMs' }],
  ['partial', { manner: 'answers', takes: 0.5, failure: 'write_failed', number: 'delayMs' }],
  ['reject', { manner: 'answers', takes: 0, failure: 'rejected', number: 'delayMs' }],
  ['413', { manner: 'answers', takes: 0, failure: 'too_large', number: 'delayMs' }],
  ['429', { manner: 'answers', takes: 0, failure: 'unavailable', number: 'retryAfterMs' }],
  ['503', { manner: 'answers', takes: 0, failure: 'unavailable', number: 'retryAfterMs' }],
  ['late', { manner: 'answers late', takes: 1, number: 'delayMs' }],
  ['hang', { manner: 'hangs', takes: 0 }],
  ['throw', { manner: 'throws', takes: 0 }],
]);

/**
 * Returns a function that returns the next step of a script at each call. Words are separated by blanks; the last one is repeated.
 *
 * @param option the script's name in error messages
 * @throws TypeError if there is no word, for an unknown word, and for a number after a word that accepts none
 */
export function readScript(option: string, script: string): () => Step {
  checkArgument(option, script, {
    expected: 'words separated by blanks',
    accepts: (value) => typeof value === 'string' && /\S/.test(value),
  });
  const words = script.trim().split(/\s+/);
  const steps = words.map((word) => stepOf(option, word));
  let next = 0;
  return () => {
    const step = steps[next] as Step;
    if (next < steps.length - 1) next += 1;
    return step;
  };
}

function stepOf(option: string, word: string): Step {
  const [name = '', digits, ...rest] = word.split(':');
  const meaning = WORDS.get(name);
  const isNumber = digits !== undefined && /^\d+$/.test(digits) && Number(digits) <= MAX_DELAY_MS && rest.length === 0;
  if (meaning === undefined || (digits !== undefined && (meaning.number === undefined || !isNumber))) {
    const known = [...WORDS].map(([each, { number }]) => (number === undefined ? each : `${each}[:ms]`));
    throw new TypeError(`Expected every word of \`${option}\` to be one of ${known.join(', ')}, got ${formatValue(word)}`);
  }
  const { number, ...step } = meaning;
  return { word, ...step, ...(number !== undefined && isNumber && { [number]: Number(digits) }) };
}
