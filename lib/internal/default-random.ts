import { tryGet } from './try-get.js';

/** Uniform in [0, 1): the default of every `random` option. Looked up per call, so that a test may stub `Math.random`. */
export const defaultRandom = (): number => Math.random();

/** Wraps the user's `random`: if it fails, the default is used, so that no event is lost because of jitter. */
export function safeRandom(random: () => number): () => number {
  return () => {
    const drawn: unknown = tryGet(random);
    return typeof drawn === 'number' && drawn >= 0 && drawn <= 1 ? drawn : defaultRandom();
  };
}
