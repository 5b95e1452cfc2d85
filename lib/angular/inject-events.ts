import { DestroyRef, inject } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { filter, type Observable } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import { injectCollector } from './inject-collector.js';

/**
 * The collector's live events, or those that a predicate accepts, until the component or service is destroyed.
 *
 * They are emitted outside Angular's zone: signals and the `async` pipe update the view, plain fields need `markForCheck`. A type guard as
 * predicate narrows the events; a predicate that throws ends them with its error.
 *
 * RxJS reports an error thrown by a subscriber as uncaught. With `withErrorHandler` and `provideBrowserGlobalErrorListeners`, that error becomes
 * the next event, endlessly. `EventCollector.subscribe` unsubscribes such a subscriber instead.
 *
 * @throws as `injectCollector`
 */
export function injectEvents<E extends AnalyticsEvent, K extends E>(keep: (event: E) => event is K): Observable<K>;
export function injectEvents<E extends AnalyticsEvent = AnalyticsEvent>(keep?: (event: E) => boolean): Observable<E>;
export function injectEvents<E extends AnalyticsEvent>(keep?: (event: E) => boolean): Observable<E> {
  const events$ = injectCollector<E>().events$.pipe(takeUntilDestroyed(inject(DestroyRef)));
  return keep === undefined ? events$ : events$.pipe(filter(keep));
}
