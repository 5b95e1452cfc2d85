import { InjectionToken } from '@angular/core';
import type { EventCollector } from '../collector/event-collector.js';

/** The collector from `provideEventCollector`. */
export const EVENT_COLLECTOR = /* @__PURE__ */ new InjectionToken<EventCollector>('rx-event-collector');
