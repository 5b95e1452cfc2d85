import { InjectionToken } from '@angular/core';
import type { EventCollector } from '../collector/event-collector.js';

/** The collector of `provideEventCollector`. */
export const EVENT_COLLECTOR = /* @__PURE__ */ new InjectionToken<EventCollector>('rx-event-collector');
