import type { Collector } from '../collector/collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { injectCollector } from './inject-collector.js';

/**
 * The collector's `track`, typed by the application's events: `readonly track = injectTrack<MyEvent>();`
 *
 * @throws as `injectCollector`
 */
export function injectTrack<E extends AnalyticsEvent = AnalyticsEvent>(): Collector<E>['track'] {
  const collector = injectCollector<E>();
  return (...args) => collector.track(...args);
}
