import { HttpErrorResponse } from '@angular/common/http';
import { DestroyRef, ErrorHandler, inject, InjectionToken } from '@angular/core';
import { errorData } from '../browser/error-data.js';
import type { ErrorData } from '../event/payloads.js';
import { tryGet } from '../internal/try-get.js';
import { isObject } from '../internal/check-option.js';
import { atStart } from './at-start.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import type { EventCollectorFeature } from './event-collector-feature.js';
import { watchErrors } from './watch-errors.js';
import { withoutQuery } from './without-query.js';

const ERROR_CAPTURE = new InjectionToken<void>('rx-event-collector error handler');

/**
 * Collects an `error_occurred` event for each error that reaches Angular's `ErrorHandler`, the application's own or the default one, which then handles it as ever.
 *
 * That is from the moment on when the application's injector has been made: errors of its initializers and of its first rendering are among them. The event tells what was thrown, also where
 * zone.js has wrapped a rejection that nobody handled, and of a failed request's address all but query and fragment. Errors that the collector's own work
 * might throw never get there: they are on `diagnostics$`.
 *
 * A handler object that several injectors share, as by `useValue` the requests to a server do, can't tell whose an error is: each of their collectors
 * gets it. There, provide it by `useClass` or `useFactory`. Of one that is frozen, nothing is collected.
 */
export function withErrorHandler(): EventCollectorFeature {
  return atStart(ERROR_CAPTURE, () => {
    const collector = inject(EVENT_COLLECTOR);
    const unwatch = watchErrors(inject(ErrorHandler), (error) => {
      collector.collect({ type: 'error_occurred', data: dataOf(originOf(error)) });
    });
    inject(DestroyRef).onDestroy(unwatch);
  });
}

function dataOf(error: unknown): ErrorData {
  const data = errorData(error, 'angular');
  const url = tryGet(() => (error instanceof HttpErrorResponse ? error.url : null));
  if (typeof url !== 'string') return data;
  // Its message has the whole address.
  return { ...data, message: data.message.replace(url, () => withoutQuery(url)) };
}

/** What a promise was rejected with is the `rejection` of the error that zone.js makes of it, beside the promise and the zone. */
const originOf = (error: unknown): unknown =>
  tryGet(() => (isObject(error) && 'promise' in error && 'zone' in error ? error['rejection'] : undefined)) ?? error;
