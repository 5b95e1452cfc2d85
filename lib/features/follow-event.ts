import { kernelOf } from '../collector/kernel.js';
import type { FollowEvent } from '../collector/recorder.js';

/**
 * `collectTracked` of a collector without a promise. `undefined` for a collector of another copy of the package, and for one whose `collectTracked` is
 * the user's: call that one instead.
 */
export function followerOf(collector: { readonly collectTracked: unknown }): FollowEvent | undefined {
  const settlements = kernelOf(collector)?.recorder.settlements;
  return settlements !== undefined && settlements.method === collector.collectTracked ? settlements.follow : undefined;
}
