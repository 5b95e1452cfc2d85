/** What a running sampler may ask for; both come from the operator's or collector's options. */
export interface SamplingEnv {
  /** Milliseconds, from the scheduler's clock. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
}

/** A running sampler: 0 drops the event; w ≥ 1 keeps it, and says that it stands for w offered ones. */
export type Sampler<E> = (event: E) => number;

/**
 * An immutable description of how to sample; `start` gives it fresh state, once per subscription.
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
