// By its property: if Angular no longer exports it, a named import would break every import of this entry.
import * as http from '@angular/common/http';
import { InjectionToken, VERSION } from '@angular/core';

/**
 * Angular's token for interceptors that run after those of the application, next to the backend. It is private to Angular, which uses it for its
 * transfer cache; the public way, `provideHttpClient(withInterceptors(…))`, can be used only once, and by the application.
 *
 * @throws Error if this version of Angular has no such token
 */
export function rootInterceptors(token: unknown = http.ɵHTTP_ROOT_INTERCEPTOR_FNS): InjectionToken<readonly http.HttpInterceptorFn[]> {
  if (token instanceof InjectionToken) return token as InjectionToken<readonly http.HttpInterceptorFn[]>;
  throw new Error(
    `withHttpTiming() needs ɵHTTP_ROOT_INTERCEPTOR_FNS, which is private to Angular, and missing in Angular ${VERSION.full}. ` +
      'Remove withHttpTiming(), or update rx-event-collector.',
  );
}
