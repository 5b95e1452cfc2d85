import type { AnalyticsEvent } from '../event/event.js';
import { EVENT_PRIORITIES } from '../event/priority.js';

/** The default events of both contract suites: one of every priority. Only their timestamps differ between runs. */
export function sampleEvents(since: number): readonly AnalyticsEvent[] {
  return EVENT_PRIORITIES.map((priority, index) => ({
    id: `00000000-0000-7000-8000-00000000000${String(index + 1)}`,
    type: 'feature_used',
    category: 'usage',
    priority,
    timestamp: since + index,
    sessionId: 'session',
    data: { feature: 'contract', action: 'try', success: true },
    metadata: { os: 'test' },
    weight: 1,
  }));
}

/** Throws a plain error, which every test runner reports. */
export function expectThat(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}
