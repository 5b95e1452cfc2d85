import type { SamplingStrategy } from './strategy.js';

const PARTS = /* @__PURE__ */ Symbol.for('rx-event-collector/consistentParts@1');

/** The number of `consistent` strategies in `strategy`, at any depth. */
export function consistentParts(strategy: object): number {
  return (strategy as { readonly [PARTS]?: number })[PARTS] ?? 0;
}

/** Stores this number for `strategy`, and freezes the strategy. */
export function withConsistentParts<E>(parts: number, strategy: SamplingStrategy<E>): SamplingStrategy<E> {
  return Object.freeze(Object.assign(strategy, { [PARTS]: parts }));
}
