import { DestroyRef, inject } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { filter, type Observable } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { injectEventCollector } from './inject-event-collector.js';

/**
 * The collector's live events, all or those that a predicate keeps, until the component or service is destroyed.
 *
 * They come outside of Angular's zone: a signal or the `async` pipe shows them, plain fields need `markForCheck`. A predicate that is a type guard narrows them; one
 * that throws ends them with its error. What a subscriber throws, RxJS reports as uncaught: where `withErrorHandler` collects that by
 * `provideBrowserGlobalErrorListeners`, it comes back as the next event, without end. The collector's own `subscribe` lets a subscriber go that throws.
 *
 * @throws as `injectEventCollector`
 */
export function injectEvents<E extends AnalyticsEvent, K extends E>(keep: (event: E) => event is K): Observable<K>;
export function injectEvents<E extends AnalyticsEvent = AnalyticsEvent>(keep?: (event: E) => boolean): Observable<E>;
export function injectEvents<E extends AnalyticsEvent>(keep?: (event: E) => boolean): Observable<E> {
  const events$ = injectEventCollector<E>().events$.pipe(takeUntilDestroyed(inject(DestroyRef)));
  return keep === undefined ? events$ : events$.pipe(filter(keep));
}
