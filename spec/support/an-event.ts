import type { AnalyticsEvent } from '../../lib/event/event.js';

/** An event like any other, but for what is said of it. */
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
