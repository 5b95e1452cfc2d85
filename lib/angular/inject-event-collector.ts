import { inject } from '@angular/core';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';

/**
 * The collector from `provideEventCollector`, typed by its events.
 *
 * @throws NG0201 without a provider, NG0203 outside an injection context
 * @throws Error if the collector comes from `provideCollector`
 */
export function injectEventCollector<E extends AnalyticsEvent = AnalyticsEvent>(): EventCollector<E> {
  return inject(EVENT_COLLECTOR) as unknown as EventCollector<E>;
}
