import { EMPTY, Observable } from 'rxjs';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import type { PerformanceData } from '../event/payloads.js';
import { aFunction, anArray, isNonEmptyString, isObject } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';
import { thisPage } from './page.js';
import { originAndPath, reportedUrl } from './reported-url.js';

export type FetchTimingEvent = AnalyticsEvent<'network_latency', PerformanceData>;

/** The part of a `window` that timings are read from. */
export interface TimedPage {
  readonly location: { readonly href: string };
  /** Without it, nothing is timed. */
  readonly PerformanceObserver?: typeof PerformanceObserver | undefined;
}

export interface FromFetchTimingOptions {
  /**
   * URLs whose requests are left out, as are those of all URLs below them: origins or paths, absolute or relative to the page. List the endpoints of
   * the collector's sinks: otherwise each batch causes an event of the next one. @default none
   */
  readonly ignore?: readonly string[] | undefined;
  /** The reported form of a URL. @default origin and path: no query, no fragment */
  readonly toUrl?: ((url: URL) => string) | undefined;
  /** The page. @default the global `window` */
  readonly window?: TimedPage | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<FromFetchTimingOptions, 'window'>(() => ({
  ignore: [
    {
      expected: 'an array of URLs',
      accepts: (value) => anArray.accepts(value) && (value as unknown[]).every((url) => isNonEmptyString(url) && isUrl(url)),
    },
    [],
  ],
  toUrl: [aFunction, originAndPath],
  window: [{ expected: 'a window', accepts: (value) => isObject(value) && isObject(value.location) }],
}));

const isUrl = (url: string): boolean => tryGet(() => new URL(url, 'http://localhost/')) !== undefined;

/**
 * Emits an event for each request by `fetch` or `XMLHttpRequest`, when the browser has timed it.
 *
 * ```
 * requests   --(----------)----------        PerformanceObserver, entries of the type 'resource'
 *              fromFetchTiming()
 * result     --------------e---------        e = { type: 'network_latency', category: 'performance', data: { metric, value, unit, tags } }
 * ```
 *
 * `metric` is `'http_request'`, `value` the time from its start to the end of the answer in `ms`, `tags` are `url`, `initiator` (`fetch` or
 * `xmlhttprequest`) and `status`, which is absent if the browser doesn't report it, and `0` for a request without an answer. Other origins hide their
 * statuses without CORS.
 *
 * The browser times requests itself: neither `fetch` nor `XMLHttpRequest` is patched. It keeps the timings of up to 250 requests that ended before
 * the subscription; they are emitted, too. In Angular, `withHttpTiming` times requests of `HttpClient`: use only one of them.
 *
 * It observes while subscribed, never completes and never fails: a request whose `toUrl` throws is left out. Without a page, or in a browser without
 * `PerformanceObserver`, it completes immediately.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const collector = new EventCollector({ sinks: [] });
 * const subscription = fromFetchTiming({ ignore: ['/events', 'https://cdn.example'] }).subscribe((event) => collector.collect(event));
 * subscription.unsubscribe();
 */
export function fromFetchTiming(options?: FromFetchTimingOptions): Observable<EventInput<FetchTimingEvent>> {
  const { ignore, toUrl, window: page = thisPage() } = OPTIONS.parse(options);
  const Observer = page?.PerformanceObserver;
  if (page === undefined || Observer === undefined) return EMPTY;
  const isIgnored = ({ origin, pathname }: URL): boolean => {
    const isBelow = (ignored: URL): boolean =>
      origin === ignored.origin && `${pathname}/`.startsWith(`${ignored.pathname.replace(/\/$/, '')}/`);
    return ignore.map((url) => new URL(url, page.location.href)).some(isBelow);
  };
  const read = (entry: PerformanceEntry): EventInput<FetchTimingEvent> | undefined => {
    const { name, duration, initiatorType, responseStatus } = entry as PerformanceResourceTiming & { responseStatus?: number };
    if ((initiatorType !== 'fetch' && initiatorType !== 'xmlhttprequest') || isIgnored(new URL(name))) return undefined;
    const url = reportedUrl(name, toUrl);
    if (url === undefined) return undefined;
    const tags = { url, initiator: initiatorType, ...(responseStatus !== undefined && { status: String(responseStatus) }) };
    return { type: 'network_latency', category: 'performance', data: { metric: 'http_request', value: duration, unit: 'ms', tags } };
  };
  return new Observable((subscriber) => {
    const observer = new Observer((list) => {
      for (const entry of list.getEntries()) {
        const event = tryGet(() => read(entry));
        if (event !== undefined) subscriber.next(event);
      }
    });
    observer.observe({ type: 'resource', buffered: true });
    return () => {
      observer.disconnect();
    };
  });
}
