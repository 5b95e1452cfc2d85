import { HttpErrorResponse } from '@angular/common/http';
import { DestroyRef, ErrorHandler, inject, InjectionToken } from '@angular/core';
import { errorData } from '../browser/error-data.js';
import type { ErrorData } from '../event/payloads.js';
import { atStart } from './at-start.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import type { EventCollectorFeature } from './event-collector-feature.js';
import { withoutQuery } from './without-query.js';

const ERROR_CAPTURE = new InjectionToken<void>('rx-event-collector error handler');

/**
 * Collects an `error_occurred` event for each error that reaches Angular's `ErrorHandler`, the application's own or the default one, which then handles it as ever.
 *
 * That is from the moment on when the application's injector has been made: errors of its initializers and of its first rendering are among them. The event tells what was thrown, also where
 * zone.js has wrapped a rejection that nobody handled, and of a failed request's address all but query and fragment. Errors that the collector's own work
 * might throw never get there: they are on `diagnostics$`.
 */
export function withErrorHandler(): EventCollectorFeature {
  return atStart(ERROR_CAPTURE, () => {
    const collector = inject(EVENT_COLLECTOR);
    const handler = inject(ErrorHandler);
    const handle = handler.handleError.bind(handler);
    const collectAndHandle = (error: unknown): void => {
      collector.collect({ type: 'error_occurred', data: dataOf(originOf(error)) });
      handle(error);
    };
    handler.handleError = collectAndHandle;
    inject(DestroyRef).onDestroy(() => {
      if (handler.handleError === collectAndHandle) handler.handleError = handle;
    });
  });
}

function dataOf(error: unknown): ErrorData {
  const data = errorData(error, 'angular');
  if (!(error instanceof HttpErrorResponse) || error.url === null) return data;
  // Its message has the whole address.
  const address = withoutQuery(error.url);
  return { ...data, message: data.message.replace(error.url, () => address) };
}

/** What a promise was rejected with is the `rejection` of the error that zone.js makes of it. */
function originOf(error: unknown): unknown {
  try {
    return (error as { readonly rejection?: unknown } | null | undefined)?.rejection ?? error;
  } catch {
    // Anything can be thrown, and what has getters can throw in turn.
    return error;
  }
}
