import { consistent } from '../../lib/sampling/consistent.js';
import { numbers, weightsOf } from './sampled.js';

const KEYS: readonly unknown[] = [
  ...numbers(500).map((n) => `session-${String(n)}`),
  ...numbers(100),
  ...numbers(100).map(BigInt),
  true,
  false,
  '',
  'naïve 🦜',
  '\ud800',
  -0.5,
  NaN,
];

/** Which of many keys are kept, one digit for each. The same in every process. */
export const fates = (): string =>
  weightsOf(consistent({ rate: 0.3, key: (key: unknown) => key }), KEYS)
    .map(Math.sign)
    .join('');

/** Run as a program, this file prints them. */
if (process.argv[1] === import.meta.filename) process.stdout.write(fates());
