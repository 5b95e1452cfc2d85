import { HttpErrorResponse } from '@angular/common/http';
import { DestroyRef, ErrorHandler, inject, InjectionToken } from '@angular/core';
import { errorData } from '../browser/error-data.js';
import type { ErrorData } from '../event/payloads.js';
import { tryGet } from '../internal/try-get.js';
import { isObject } from '../internal/check-option.js';
import { atStart } from './at-start.js';
import { COLLECTOR } from './collector-token.js';
import type { EventCollectorFeature } from './event-collector-feature.js';
import { watchErrors } from './watch-errors.js';
import { withoutQuery } from './without-query.js';

const ERROR_CAPTURE = /* @__PURE__ */ new InjectionToken<void>('rx-event-collector error handler');

/**
 * Collects an `error_occurred` event for each error that reaches Angular's `ErrorHandler`, custom or default, which then handles it as usual.
 *
 * It starts when the application's injector is created, so that errors of initializers and of the first rendering are included. The event describes
 * what was thrown, even if zone.js wrapped it as an unhandled rejection. URLs of failed requests lose query and fragment. Errors inside the
 * collector never reach the handler: `diagnostics$` reports them.
 *
 * If several injectors share a handler object, as requests to a server do with `useValue`, each of their collectors gets every error. Provide it by
 * `useClass` or `useFactory` there. Errors of a frozen handler are not collected.
 */
export function withErrorHandler(): EventCollectorFeature {
  return atStart(ERROR_CAPTURE, () => {
    const collector = inject(COLLECTOR);
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
  // The message contains the whole URL.
  return { ...data, message: data.message.replace(url, () => withoutQuery(url)) };
}

/** zone.js wraps an unhandled rejection in an error with `rejection`, `promise` and `zone`. */
const originOf = (error: unknown): unknown =>
  tryGet(() => (isObject(error) && 'promise' in error && 'zone' in error ? error['rejection'] : undefined)) ?? error;
