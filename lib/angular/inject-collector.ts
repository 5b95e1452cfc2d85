import { inject } from '@angular/core';
import type { Collector, MembersOf } from '../collector/collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { COLLECTOR } from './collector-token.js';

/**
 * The application's collector, from `provideCollector` or `provideEventCollector`, typed by its events and by the members that its features add:
 * `readonly collector = injectCollector<ShopEvent, [WithDiagnostics, WithStats]>();`
 *
 * @throws NG0201 without a provider, NG0203 outside an injection context
 */
export function injectCollector<E extends AnalyticsEvent = AnalyticsEvent, M extends readonly unknown[] = readonly []>(): Collector<E> &
  MembersOf<M> {
  return inject(COLLECTOR) as unknown as Collector<E> & MembersOf<M>;
}
