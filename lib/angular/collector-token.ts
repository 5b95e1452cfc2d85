import { inject, InjectionToken } from '@angular/core';
import type { Collector } from '../collector/collector.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';

/** The application's collector, of `provideCollector` or `provideEventCollector`. */
export const COLLECTOR = /* @__PURE__ */ new InjectionToken<Collector>('rx-event-collector collector', {
  providedIn: 'root',
  // For applications that provide only EVENT_COLLECTOR, with a collector of their own.
  factory: () => inject(EVENT_COLLECTOR),
});
