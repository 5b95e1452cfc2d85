import type { AnalyticsEvent } from '../../lib/event/event.js';

/** A valid event with these fields replaced. */
export function anEvent(patch: Partial<AnalyticsEvent> = {}): AnalyticsEvent {
  return {
    id: '00000000-0000-7000-8000-000000000001',
    type: 'feature_used',
    category: 'usage',
    priority: 'normal',
    timestamp: 0,
    sessionId: 'session',
    data: {},
    metadata: {},
    weight: 1,
    ...patch,
  };
}
