import type { AnalyticsEvent } from '../../lib/event/event.js';

/** The data of events, one letter each, as one string. */
export const lettersOf = (events: readonly AnalyticsEvent[]): string => events.map(({ data }) => data).join('');
