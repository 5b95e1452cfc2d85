import type { SamplingStrategy } from './strategy.js';

/**
 * Keeps every event, with weight 1.
 *
 * @example
 * const seen: number[] = [];
 * of(1, 2, 3)
 *   .pipe(map((data) => createEvent({ type: 'tick', data })), sampleBy(sampling.everything()))
 *   .subscribe(({ data }) => seen.push(data));
 * expect(seen).to.deep.equal([1, 2, 3]);
 */
export function everything(): SamplingStrategy<unknown> {
  return Object.freeze<SamplingStrategy<unknown>>({ start: () => keep });
}

const keep = (): number => 1;
