import type { AnalyticsEvent } from '../event/event.js';
import type { Turns } from '../internal/turns.js';
import type { Accounts } from './accounts.js';
import type { CollectorOptions } from './collector-options.js';
import type { FrontDoor } from './front-door.js';
import type { Intake } from './intake.js';
import type { Outlet } from './outlet.js';
import type { Seats } from './seats.js';

/** What the functions beside a collector, such as `explain`, may see of it, and its users may not. */
export interface Internals<E extends AnalyticsEvent = AnalyticsEvent> {
  readonly options: CollectorOptions<E>;
  readonly accounts: Accounts;
  readonly intake: Intake<E>;
  readonly door: FrontDoor<E>;
  readonly outlet: Outlet<E>;
  readonly seats: Seats<E>;
  readonly turns: Turns;
}

const INTERNALS = new WeakMap<object, Internals>();

export function setInternals<E extends AnalyticsEvent>(collector: object, internals: Internals<E>): void {
  INTERNALS.set(collector, internals as unknown as Internals);
}

/** `undefined` for a collector of another copy of the package. */
export function internalsOf(collector: object): Internals | undefined {
  return INTERNALS.get(collector);
}
