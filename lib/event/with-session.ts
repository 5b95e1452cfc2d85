import type { AnalyticsEvent } from './event.js';

/** Returns the event if it has a session, otherwise a copy with this session. Reading the event may throw. */
export function withSession<E extends AnalyticsEvent>(event: E, sessionId: string): E {
  return event.sessionId === undefined ? { ...event, sessionId } : event;
}
