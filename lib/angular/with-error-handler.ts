import { DestroyRef, ErrorHandler, inject, provideEnvironmentInitializer } from '@angular/core';
import { errorData } from '../browser/error-data.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import type { EventCollectorFeature } from './event-collector-feature.js';

/**
 * Collects an `error_occurred` event for each error that reaches Angular's `ErrorHandler`, the application's own or the default one, which then handles it as ever.
 *
 * Errors that the collector's own work might throw never get there: they are on `diagnostics$`.
 */
export function withErrorHandler(): EventCollectorFeature {
  return {
    providers: [
      provideEnvironmentInitializer(() => {
        const collector = inject(EVENT_COLLECTOR);
        const handler = inject(ErrorHandler);
        const handle = handler.handleError.bind(handler);
        const collectAndHandle = (error: unknown): void => {
          collector.collect({ type: 'error_occurred', data: errorData(error, 'angular') });
          handle(error);
        };
        handler.handleError = collectAndHandle;
        inject(DestroyRef).onDestroy(() => {
          if (handler.handleError === collectAndHandle) handler.handleError = handle;
        });
      }),
    ],
  };
}
