/** Clock and randomness of a running sampler, from the options of the operator or collector. */
export interface SamplingEnv {
  /** Milliseconds, from the scheduler's clock. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
}

/** A running sampler: 0 drops the event; w ≥ 1 keeps it, with a weight of w offered events. */
export type Sampler<E> = (event: E) => number;

/**
 * An immutable sampling strategy; `start` returns a sampler with fresh state, once per subscription.
 *
 * @example
 * // Keeps every n-th event of a stream.
 * const everyNth = (n: number): SamplingStrategy<unknown> => ({
 *   start() {
 *     let seen = 0;
 *     return () => (seen++ % n === 0 ? n : 0);
 *   },
 * });
 */
export interface SamplingStrategy<E> {
  start(env: SamplingEnv): Sampler<E>;
}
