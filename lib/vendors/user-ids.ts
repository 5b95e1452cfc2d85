import type { AnalyticsEvent } from '../event/event.js';

/** The user that an event is about. */
export interface UserIds {
  /** The id of a user who is known. */
  readonly userId?: string | undefined;
  /** The id of a visitor or a device; random. */
  readonly anonymousId?: string | undefined;
}

/** Returns the user that an event is about. An event for which it throws fails alone. */
export type UserOf = (event: AnalyticsEvent) => UserIds | undefined;
