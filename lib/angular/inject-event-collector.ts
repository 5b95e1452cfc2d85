import { inject } from '@angular/core';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';

/**
 * The application's collector, narrowed to its events.
 *
 * @throws NG0201 where `provideEventCollector` is missing, NG0203 outside of an injection context
 */
export function injectEventCollector<E extends AnalyticsEvent = AnalyticsEvent>(): EventCollector<E> {
  return inject(EVENT_COLLECTOR) as unknown as EventCollector<E>;
}
