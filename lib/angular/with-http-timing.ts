import { HttpContextToken, HttpErrorResponse, HttpResponse, type HttpInterceptorFn, type HttpRequest } from '@angular/common/http';
import { EnvironmentInjector, inject, InjectionToken } from '@angular/core';
import { defer, finalize, tap, type SchedulerLike } from 'rxjs';
import type { EventInput } from '../event/event.js';
import { tryGet } from '../internal/try-get.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aFunction, aScheduler } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { steadyClock } from '../internal/steady-clock.js';
import { COLLECTOR } from './collector-token.js';
import type { EventCollectorFeature } from './event-collector-feature.js';
import { OWN_WORK, type OwnWork } from './own-work.js';
import { rootInterceptors } from './root-interceptors.js';
import { withoutQuery } from './without-query.js';

export interface HttpTimingOptions {
  /** Returns whether a request is not timed, in addition to those of the collector's sinks. If it throws, the request is not timed. @default none */
  readonly exclude?: ((request: HttpRequest<unknown>) => boolean) | undefined;
  /** The URL that is collected. @default origin and path, without query and fragment */
  readonly toUrl?: ((url: string) => string) | undefined;
  /** The clock. @default `asyncScheduler`, with timers that don't keep a process alive */
  readonly scheduler?: SchedulerLike | undefined;
}

/** Excludes a request: `{ context: new HttpContext().set(UNTIMED, true) }`. */
export const UNTIMED = /* @__PURE__ */ new HttpContextToken(() => false);

interface HttpTiming {
  readonly isExcluded: (request: HttpRequest<unknown>) => boolean;
  readonly toUrl: (url: string) => string;
  readonly scheduler: SchedulerLike;
  readonly ownWork: Readonly<OwnWork>;
  readonly collect: (event: EventInput) => void;
}

const HTTP_TIMING = /* @__PURE__ */ new InjectionToken<HttpTiming>('rx-event-collector http timing');

const OPTIONS = /* @__PURE__ */ optionsOf<HttpTimingOptions>(() => ({
  exclude: [aFunction, () => false],
  toUrl: [aFunction, withoutQuery],
  scheduler: [aScheduler, backgroundScheduler],
}));

/**
 * Collects a `network_latency` event for each request of `HttpClient`: the time until it was answered, failed or was cancelled.
 *
 * Its data is `PerformanceData`: `metric` `'http_request'`, `value` in `ms`, and `tags` method, url, status (0 without an answer) and outcome
 * (`ok`, `error`, `cancelled`). `EventCollector` samples `performance` events unless its configuration says otherwise.
 *
 * - Requests of sinks are not timed. A sink that makes a request asynchronously sets `UNTIMED`.
 * - Interceptors of `provideHttpClient` run first: a request that they answer themselves is not timed, and each repetition of a request is.
 * - Put `provideClientHydration` before the collector; otherwise its cached answers are timed as requests.
 * - A lazy route with its own `provideHttpClient` is timed for its own collector, otherwise for the application's.
 * - An event is lost if `toUrl` throws, or if the answer arrives while the collector is being created.
 *
 * It uses a private part of Angular, which is tested with Angular 19 to 22.
 *
 * @throws TypeError for an invalid or unknown option
 * @throws Error if this version of Angular lacks that part; the error names the version
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
      // Always the same function: Angular calls it once, however often the feature is passed.
      { provide: rootInterceptors(), useValue: timing, multi: true },
    ],
  };
}

/**
 * Injects the collector when the first event is collected: the collector's own options, such as consent, may be loaded by a request. While it is
 * being created, or after its injector was destroyed, the event is lost, but no request fails.
 */
function collecting(): HttpTiming['collect'] {
  const injector = inject(EnvironmentInjector);
  return (event) => tryGet(() => injector.get(COLLECTOR).collect(event));
}

const timing: HttpInterceptorFn = (request, next) => {
  const { isExcluded, toUrl, scheduler, ownWork, collect } = inject(HTTP_TIMING);
  if (ownWork.isRunning || request.context.get(UNTIMED) || isExcluded(request)) return next(request);
  return defer(() => {
    const elapsed = steadyClock(() => scheduler.now());
    const startedAt = elapsed();
    let status = 0;
    let outcome = 'cancelled';
    /** The time of the answer, before its consumer processes it. */
    let endedAt: number | undefined;
    const end = (how: 'ok' | 'error'): void => {
      outcome = how;
      endedAt ??= elapsed();
    };
    return defer(() => next(request)).pipe(
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
        const value = (endedAt ?? elapsed()) - startedAt;
        const url = tryGet(() => toUrl(request.url));
        if (url === undefined) return;
        const tags = { method: request.method, url, status: String(status), outcome };
        collect({ type: 'network_latency', data: { metric: 'http_request', value, unit: 'ms', tags } });
      }),
    );
  });
};
