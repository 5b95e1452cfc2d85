import type { AnalyticsEvent, EventInput } from '../event/event.js';
import type { Settlement } from './settlement.js';

/** Receives an event's final outcome, as the promise of `collectTracked` would. */
export interface SettlementListener {
  /** Called once, often inside a turn of the collector: must not throw, and should leave further work to a later microtask. */
  onSettled(settlement: Settlement): void;
}

/** `collectTracked` without a promise. */
export type FollowEvent<E extends AnalyticsEvent = AnalyticsEvent> = (event: EventInput<E>, listener: SettlementListener) => void;

interface Following {
  readonly collectTracked: unknown;
}

/** By collector. `method`: its `collectTracked`, for which `follow` stands. */
const FOLLOWERS = /* @__PURE__ */ new WeakMap<object, { readonly method: unknown; readonly follow: FollowEvent }>();

export function setFollower<E extends AnalyticsEvent>(collector: object, method: unknown, follow: FollowEvent<E>): void {
  FOLLOWERS.set(collector, { method, follow });
}

/** The collector has the method of its class, which only calls the one that was set. */
export function replaceMethod(collector: object, { collectTracked }: Following): void {
  const follower = FOLLOWERS.get(collector);
  if (follower !== undefined) FOLLOWERS.set(collector, { ...follower, method: collectTracked });
}

/** `undefined` for a collector of another copy of the package, and for one whose `collectTracked` is the user's: call that one instead. */
export function followerOf(collector: Following): FollowEvent | undefined {
  const follower = FOLLOWERS.get(collector);
  return follower !== undefined && follower.method === collector.collectTracked ? follower.follow : undefined;
}
