import { Observable } from 'rxjs';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent } from '../event/event.js';

/** Pauses a collector's delivery while it is subscribed to. Ends with the collector. */
export function pauseLanes<E extends AnalyticsEvent>(collector: EventCollector<E>): Observable<unknown> {
  return new Observable((subscriber) => {
    subscriber.add(collector.pause());
    subscriber.add(collector.batches$.subscribe({ complete: () => subscriber.complete() }));
  });
}
