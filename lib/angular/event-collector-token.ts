import { InjectionToken } from '@angular/core';
import type { EventCollector } from '../collector/event-collector.js';

/** The application's collector; `provideEventCollector` provides it. */
export const EVENT_COLLECTOR = new InjectionToken<EventCollector>('rx-event-collector');
