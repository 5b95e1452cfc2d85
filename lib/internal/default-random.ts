import { tryGet } from './try-get.js';

/** Uniform in [0, 1): what `random` is wherever the user gives none. Looked up at each call, so that a test may stub `Math.random`. */
export const defaultRandom = (): number => Math.random();

/** The user's randomness, or our own where theirs fails: what merely spreads retries must not cost an event. */
export function safeRandom(random: () => number): () => number {
  return () => {
    const drawn: unknown = tryGet(random);
    return typeof drawn === 'number' && drawn >= 0 && drawn <= 1 ? drawn : defaultRandom();
  };
}
