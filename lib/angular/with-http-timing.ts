import {
  HttpContextToken,
  HttpErrorResponse,
  HttpResponse,
  ɵHTTP_ROOT_INTERCEPTOR_FNS as HTTP_ROOT_INTERCEPTOR_FNS,
  type HttpInterceptorFn,
  type HttpRequest,
} from '@angular/common/http';
import { EnvironmentInjector, inject, InjectionToken } from '@angular/core';
import { defer, finalize, tap, type SchedulerLike } from 'rxjs';
import type { EventInput } from '../event/event.js';
import { tryGet } from '../internal/try-get.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aFunction, aScheduler } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import { OWN_WORK, type EventCollectorFeature } from './event-collector-feature.js';
import { withoutQuery } from './without-query.js';

export interface HttpTimingOptions {
  /** Requests that are not timed, beside those of the collector's sinks; one that it throws for isn't, either. @default none */
  readonly exclude?: ((request: HttpRequest<unknown>) => boolean) | undefined;
  /** What of an address is told. @default origin and path: no query, no fragment */
  readonly toUrl?: ((url: string) => string) | undefined;
  /** The clock. @default `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined;
}

/** Set to true in a request's context, it is not timed: `{ context: new HttpContext().set(UNTIMED, true) }`. */
export const UNTIMED = new HttpContextToken(() => false);

interface HttpTiming {
  readonly isExcluded: (request: HttpRequest<unknown>) => boolean;
  readonly toUrl: (url: string) => string;
  readonly scheduler: SchedulerLike;
  readonly ownWork: { readonly isRunning: boolean };
  readonly collect: (event: EventInput) => void;
}

const HTTP_TIMING = new InjectionToken<HttpTiming>('rx-event-collector http timing');

const OPTIONS = /* @__PURE__ */ optionsOf<HttpTimingOptions>(() => ({
  exclude: [aFunction, () => false],
  toUrl: [aFunction, withoutQuery],
  scheduler: [aScheduler, backgroundScheduler],
}));

/**
 * Collects a `network_latency` event for each request of `HttpClient`: how long it took until its answer had come, failed or was no longer wanted.
 *
 * Its data is `PerformanceData`: `metric` `'http_request'`, `value` in `ms`, and `tags` method, url, status (0 without an answer) and outcome (`ok`, `error`, `cancelled`).
 * As every `performance` event it is sampled, unless the configuration says otherwise. What sinks request is not timed; a sink that
 * requests something after it has waited for something else says so by `UNTIMED`. The interceptors of `provideHttpClient` come first: what they answer
 * themselves is no request, and what they repeat is several. `provideClientHydration` is to stand before the collector: else what it has from the server is
 * timed as if it were requested. A part of the application is timed for its own collector if it has a `provideHttpClient` of its own, else for the
 * whole's. A `toUrl` that throws costs that event, and so does an answer that comes while the collector is being made.
 *
 * @throws TypeError for an invalid or unknown option
 */
export function withHttpTiming(options: HttpTimingOptions = {}): EventCollectorFeature {
  const { exclude, toUrl, scheduler } = OPTIONS.parse(options);
  const isExcluded = (request: HttpRequest<unknown>): boolean => {
    try {
      return exclude(request);
    } catch {
      return true;
    }
  };
  return {
    providers: [
      {
        provide: HTTP_TIMING,
        useFactory: () => ({ isExcluded, toUrl, scheduler, ownWork: inject(OWN_WORK), collect: collecting() }) satisfies HttpTiming,
      },
      // The same function each time: Angular calls it once, however often the feature is given.
      { provide: HTTP_ROOT_INTERCEPTOR_FNS, useValue: timing, multi: true },
    ],
  };
}

/**
 * The collector is asked for when there is an event for it: what it is made of, such as consent, may come by a request itself. Where it is still
 * in the making, or its injector at its end, that costs the event, and nobody's request.
 */
function collecting(): HttpTiming['collect'] {
  const injector = inject(EnvironmentInjector);
  return (event) => tryGet(() => injector.get(EVENT_COLLECTOR).collect(event));
}

const timing: HttpInterceptorFn = (request, next) => {
  const { isExcluded, toUrl, scheduler, ownWork, collect } = inject(HTTP_TIMING);
  if (ownWork.isRunning || request.context.get(UNTIMED) || isExcluded(request)) return next(request);
  return defer(() => {
    const startedAt = scheduler.now();
    let status = 0;
    let outcome = 'cancelled';
    /** From the answer on: what its consumer does with it takes time of its own. */
    let endedAt: number | undefined;
    const end = (how: 'ok' | 'error'): void => {
      outcome = how;
      endedAt ??= scheduler.now();
    };
    return next(request).pipe(
      tap({
        next: (event) => {
          if (!(event instanceof HttpResponse)) return;
          ({ status } = event);
          end('ok');
        },
        complete: () => {
          end('ok');
        },
        error: (error: unknown) => {
          if (error instanceof HttpErrorResponse) ({ status } = error);
          end('error');
        },
      }),
      finalize(() => {
        const value = (endedAt ?? scheduler.now()) - startedAt;
        const url = tryGet(() => toUrl(request.url));
        if (url === undefined) return;
        const tags = { method: request.method, url, status: String(status), outcome };
        collect({ type: 'network_latency', data: { metric: 'http_request', value, unit: 'ms', tags } });
      }),
    );
  });
};
