import type { SinkErrorKind } from '../errors/sink-error.js';
import { checkArgument, formatValue, MAX_DELAY_MS } from '../internal/check-option.js';

/** What a word of a script means for one attempt. */
export interface Step {
  /** As it stands in the script. */
  readonly word: string;
  readonly manner: 'answers' | 'answers late' | 'hangs' | 'throws';
  /** The share of the batch that is taken, from 0 to 1. */
  readonly takes: number;
  /** How the attempt fails; left out: it succeeds. */
  readonly failure?: SinkErrorKind;
  /** Milliseconds until the answer, or for a late one from when the attempt was given up. */
  readonly delayMs?: number;
  readonly retryAfterMs?: number;
}

/** A word's meaning, and what the number after it stands for, if it may have one. */
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
 * A script's steps, one at each call: words separated by blanks, of which the last holds for ever.
 *
 * @param option what the script is called in an error
 * @throws TypeError for no words, an unknown word, or a number where a word takes none
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
