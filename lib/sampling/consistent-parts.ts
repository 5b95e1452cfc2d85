import type { SamplingStrategy } from './strategy.js';

const PARTS = /* @__PURE__ */ Symbol.for('rx-event-collector/consistentParts@1');

/** How many `consistent` strategies `strategy` is made of, however deep. */
export function consistentParts(strategy: object): number {
  return (strategy as { readonly [PARTS]?: number })[PARTS] ?? 0;
}

/** `strategy`, marked as made of that many, and frozen. */
export function withConsistentParts<E>(parts: number, strategy: SamplingStrategy<E>): SamplingStrategy<E> {
  return Object.freeze(Object.assign(strategy, { [PARTS]: parts }));
}
