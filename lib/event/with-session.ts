import type { AnalyticsEvent } from './event.js';

/** The event with a session: its own, or else this one, in a copy. What reading it throws is the caller's. */
export function withSession<E extends AnalyticsEvent>(event: E, sessionId: string): E {
  return event.sessionId === undefined ? { ...event, sessionId } : event;
}
