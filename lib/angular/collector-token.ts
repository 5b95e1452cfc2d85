import { inject, InjectionToken } from '@angular/core';
import type { Collector } from '../collector/collector.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';

/** The application's collector, from `provideCollector` or `provideEventCollector`. */
export const COLLECTOR = /* @__PURE__ */ new InjectionToken<Collector>('rx-event-collector collector', {
  providedIn: 'root',
  // For applications that provide only EVENT_COLLECTOR, with their own collector.
  factory: () => inject(EVENT_COLLECTOR),
});
