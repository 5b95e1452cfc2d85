import { kernelOf } from '../collector/kernel.js';
import type { FollowEvent } from '../collector/recorder.js';

/**
 * A variant of the collector's `collectTracked` that calls a listener instead of returning a promise. `undefined` for a collector of another copy of
 * the package, and if the user has replaced `collectTracked`: then call that method.
 */
export function followerOf(collector: { readonly collectTracked: unknown }): FollowEvent | undefined {
  const settlements = kernelOf(collector)?.recorder.settlements;
  return settlements !== undefined && settlements.method === collector.collectTracked ? settlements.follow : undefined;
}
