import {
  HttpContextToken,
  HttpErrorResponse,
  HttpResponse,
  ɵHTTP_ROOT_INTERCEPTOR_FNS as HTTP_ROOT_INTERCEPTOR_FNS,
  type HttpInterceptorFn,
  type HttpRequest,
} from '@angular/common/http';
import { inject } from '@angular/core';
import { defer, finalize, tap, type SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aFunction, aScheduler, checkOption } from '../internal/check-option.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import { OWN_WORK, type EventCollectorFeature } from './event-collector-feature.js';

export interface HttpTimingOptions {
  /** Requests that are not timed, beside those of the collector's sinks. @default none */
  readonly exclude?: ((request: HttpRequest<unknown>) => boolean) | undefined;
  /** What of an address is told. @default origin and path: no query, no fragment */
  readonly toUrl?: ((url: string) => string) | undefined;
  /** The clock. @default `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined;
}

/** Set to true in a request's context, it is not timed: `{ context: new HttpContext().set(UNTIMED, true) }`. */
export const UNTIMED = new HttpContextToken(() => false);

/**
 * Collects a `network_latency` event for each request of `HttpClient`: how long it took until its answer had come, failed or was no longer wanted.
 *
 * Its data is `PerformanceData`: `metric` `'http_request'`, `value` in `ms`, and `tags` method, url, status (0 without an answer) and outcome (`ok`, `error`, `cancelled`).
 * As every `performance` event it is sampled, unless the configuration says otherwise. What sinks request is not timed; a sink that
 * requests something after it has waited for something else says so by `UNTIMED`.
 *
 * @throws TypeError for an option outside its range
 */
export function withHttpTiming(options: HttpTimingOptions = {}): EventCollectorFeature {
  const { exclude = () => false, toUrl = withoutQuery, scheduler = backgroundScheduler } = options;
  checkOption('exclude', exclude, aFunction);
  checkOption('toUrl', toUrl, aFunction);
  checkOption('scheduler', scheduler, aScheduler);

  const timing: HttpInterceptorFn = (request, next) => {
    if (inject(OWN_WORK).isRunning || request.context.get(UNTIMED) || exclude(request)) return next(request);
    const collector = inject(EVENT_COLLECTOR);
    return defer(() => {
      const startedAt = scheduler.now();
      let status = 0;
      let outcome = 'cancelled';
      return next(request).pipe(
        tap({
          next: (event) => {
            if (event instanceof HttpResponse) ({ status } = event);
          },
          complete: () => {
            outcome = 'ok';
          },
          error: (error: unknown) => {
            if (error instanceof HttpErrorResponse) ({ status } = error);
            outcome = 'error';
          },
        }),
        finalize(() => {
          const tags = { method: request.method, url: toUrl(request.url), status: String(status), outcome };
          const data = { metric: 'http_request', value: scheduler.now() - startedAt, unit: 'ms', tags };
          collector.collect({ type: 'network_latency', data });
        }),
      );
    });
  };
  return { providers: [{ provide: HTTP_ROOT_INTERCEPTOR_FNS, useValue: timing, multi: true }] };
}

const withoutQuery = (url: string): string => url.replace(/[?#].*/s, '');
