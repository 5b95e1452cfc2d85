import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { injectEventCollector } from './inject-event-collector.js';

/**
 * The collector's `track`, typed by the application's events: `readonly track = injectTrack<MyEvent>();`
 *
 * @throws as `injectEventCollector`
 */
export function injectTrack<E extends AnalyticsEvent = AnalyticsEvent>(): EventCollector<E>['track'] {
  const collector = injectEventCollector<E>();
  return (...args) => collector.track(...args);
}
