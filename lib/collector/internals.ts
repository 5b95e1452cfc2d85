import type { AnalyticsEvent } from '../event/event.js';
import type { Accounts } from './accounts.js';
import type { FrontDoor } from './front-door.js';
import type { Intake } from './intake.js';
import type { Seats } from './seats.js';

/** What the functions beside a collector, such as `explain`, may see of it, and its users may not. */
export interface Internals {
  readonly accounts: Accounts;
  readonly intake: Intake<AnalyticsEvent>;
  readonly door: FrontDoor<AnalyticsEvent>;
  readonly seats: Seats<AnalyticsEvent>;
}

const INTERNALS = new WeakMap<object, Internals>();

export function setInternals(collector: object, internals: Internals): void {
  INTERNALS.set(collector, internals);
}

/** `undefined` for a collector of another copy of the package. */
export function internalsOf(collector: object): Internals | undefined {
  return INTERNALS.get(collector);
}
