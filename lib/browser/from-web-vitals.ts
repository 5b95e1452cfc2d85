import { EMPTY, Observable } from 'rxjs';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import type { PerformanceData } from '../event/payloads.js';
import { aBoolean, aFunction, checkArgument, isFunction, isObject, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';
import { thisPage } from './page.js';
import { originAndPath, reportedUrl } from './reported-url.js';

/** What `web-vitals` reports. */
export interface WebVital {
  readonly name: string;
  readonly value: number;
  readonly rating: string;
  readonly id: string;
  readonly navigationType: string;
  /** The URL of a soft navigation. Its metrics may be reported when the page already has another URL. */
  readonly navigationURL?: string | undefined;
}

/** The functions of the package `web-vitals`; those that are left out are not measured. */
export type WebVitals = Readonly<
  Partial<
    Record<
      'onCLS' | 'onFCP' | 'onINP' | 'onLCP' | 'onTTFB',
      (report: (metric: WebVital) => void, options?: { reportAllChanges?: boolean }) => unknown
    >
  >
>;

const FUNCTIONS: readonly (keyof WebVitals)[] = ['onCLS', 'onFCP', 'onINP', 'onLCP', 'onTTFB'];

export type WebVitalEvent = AnalyticsEvent<'web_vital', PerformanceData>;

export interface FromWebVitalsOptions {
  /** Whether each change of a metric is reported; otherwise once it is final, or when the page is hidden. @default false */
  readonly reportAllChanges?: boolean | undefined;
  /** The reported form of the page's URL. @default origin and path: no query, no fragment */
  readonly toUrl?: ((url: URL) => string) | undefined;
  /** The page. @default the global `window` */
  readonly window?: { readonly location: { readonly href: string } } | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<FromWebVitalsOptions, 'window'>(() => ({
  reportAllChanges: [aBoolean, false],
  toUrl: [aFunction, originAndPath],
  window: [{ expected: 'a window', accepts: (value) => isObject(value) && isObject(value.location) }],
}));

const theVitals: Expectation = {
  expected: "the exports of 'web-vitals': onCLS, onFCP, onINP, onLCP, onTTFB",
  accepts: (value) => isObject(value) && FUNCTIONS.some((name) => isFunction(value[name])),
};

/**
 * Emits an event for each web vital that the package `web-vitals` reports.
 *
 * ```
 * page     load---interaction----hidden
 *          fromWebVitals(webVitals)
 * result   -t-f---l--------------(ci)--      e = { type: 'web_vital', category: 'performance', data: { metric, value, unit, tags } }
 * ```
 *
 * | `metric` | `unit` | |
 * |---|---|---|
 * | `TTFB`, `FCP`, `LCP` | `ms` | time to the first byte, to the first and to the largest contentful paint |
 * | `INP` | `ms` | time from an interaction to the next paint |
 * | `CLS` | `score` | layout shifts |
 *
 * `tags` are `rating` (`good`, `needs-improvement`, `poor`), `navigationType`, `url` and `id`. The last value of an `id` counts: a page that is hidden
 * several times reports a metric that has grown again.
 *
 * `web-vitals` has no function to stop: after unsubscription its reports are ignored, and each subscription adds its callbacks. Subscribe once per
 * page. It never completes and never fails; without a page it completes immediately.
 *
 * @param webVitals `import * as webVitals from 'web-vitals'`, or an object with some of its functions
 * @throws TypeError for anything else, and for an invalid or unknown option
 */
export function fromWebVitals(webVitals: WebVitals, options?: FromWebVitalsOptions): Observable<EventInput<WebVitalEvent>> {
  const vitals = tryGet(() => ({ ...webVitals }));
  checkArgument('webVitals', vitals, theVitals);
  const { reportAllChanges, toUrl, window = thisPage() } = OPTIONS.parse(options);
  if (window === undefined) return EMPTY;
  const eventOf = ({ name, value, rating, id, navigationType, navigationURL }: WebVital): EventInput<WebVitalEvent> => {
    const url = reportedUrl(navigationURL ?? window.location.href, toUrl);
    const tags = { rating, navigationType, id, ...(url !== undefined && { url }) };
    return { type: 'web_vital', category: 'performance', data: { metric: name, value, unit: name === 'CLS' ? 'score' : 'ms', tags } };
  };
  return new Observable((subscriber) => {
    const report = (metric: WebVital): void => {
      const event = tryGet(() => eventOf(metric));
      if (event !== undefined) subscriber.next(event);
    };
    // A function that throws, as in an unsupported browser, doesn't affect the others.
    for (const name of FUNCTIONS) tryGet(() => vitals?.[name]?.(report, { reportAllChanges }));
  });
}
