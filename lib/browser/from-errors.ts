import { defer, EMPTY, merge, type Observable, type SchedulerLike } from 'rxjs';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aNumber, anInteger, aScheduler, isFunction, isNonEmptyString, isObject } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';
import { rateLimit } from '../sampling/rate-limit.js';
import { fromDomEvent } from './dom.js';
import { ERROR_LIMITS, errorData, type PageErrorData } from './error-data.js';
import { thisPage } from './page.js';

export type PageErrorEvent = AnalyticsEvent<'error_occurred', PageErrorData>;

/** Which errors to leave out: a part of the message or of the script's URL, a pattern that one of them matches, or a function that returns true. */
export type ErrorPattern = string | RegExp | ((data: PageErrorData) => boolean);

export interface FromErrorsOptions {
  /** Errors per second that are reported one by one, > 0; the `weight` of the next one includes the errors beyond the limit. @default 10 */
  readonly perSecond?: number | undefined;
  /** Errors to leave out; they don't count for `perSecond`. `[]` reports everything. @default ERROR_NOISE */
  readonly ignore?: readonly ErrorPattern[] | undefined;
  /** UTF-8 bytes of a message, ≥ 0 or `Infinity`; longer ones are truncated. @default 1_024 */
  readonly maxMessageBytes?: number | undefined;
  /** UTF-8 bytes of an event's stack traces together, ≥ 0 or `Infinity`; longer ones are truncated, and 0 leaves them out. @default 16_384 */
  readonly maxStackBytes?: number | undefined;
  /** The clock of `perSecond`. @default `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined;
  /** The page. @default the global `window` */
  readonly window?: EventTarget | undefined;
}

/**
 * Errors that say nothing about the page's own code; add your own with `ignore: [...ERROR_NOISE, 'Network request failed']`.
 *
 * | pattern | where it comes from |
 * |---|---|
 * | `ResizeObserver loop …` | browsers, when an observer's callback resizes what it observes: harmless |
 * | `Script error.` | scripts of another origin without CORS: the browser hides what happened |
 * | `chrome-extension:`, `moz-extension:`, `safari-extension:`, … | extensions of the user's browser |
 */
export const ERROR_NOISE: readonly ErrorPattern[] = /* @__PURE__ */ Object.freeze([
  'ResizeObserver loop',
  /^Script error\.?$/,
  /^(?:[a-z]+(?:-web)?-extension|webkit-masked-url):/,
]);

const isPattern = (value: unknown): boolean => isNonEmptyString(value) || isFunction(value) || (isObject(value) && isFunction(value.exec));

const OPTIONS = /* @__PURE__ */ optionsOf<FromErrorsOptions, 'window'>(() => ({
  perSecond: [{ expected: 'a finite number > 0', accepts: (value) => aNumber(0).accepts(value) && value !== 0 }, 10],
  ignore: [
    {
      expected: 'an array of non-empty strings, RegExps and functions',
      accepts: (value) => Array.isArray(value) && value.every(isPattern),
    },
    ERROR_NOISE,
  ],
  maxMessageBytes: [/* @__PURE__ */ anInteger(0, true), ERROR_LIMITS.maxMessageBytes],
  maxStackBytes: [/* @__PURE__ */ anInteger(0, true), ERROR_LIMITS.maxStackBytes],
  scheduler: [aScheduler, backgroundScheduler],
  window: [{ expected: 'an event target', accepts: (value) => isObject(value) && isFunction(value.addEventListener) }],
}));

/**
 * Emits an event for each uncaught error, and for each unhandled rejection.
 *
 * ```
 * window   ---error----unhandledrejection---
 *          fromErrors()
 * result   ---e--------e--------------------        e = { type: 'error_occurred', data: { code: 'TypeError', message, severity: 'error', … } }
 * ```
 *
 * `code` is the error's name and `component` the URL of its script, or `'page'`; `causes` lists the errors in `cause` and in an `AggregateError`.
 * Queries and fragments of URLs are removed. A thrown string becomes the message; any other value that is not an error is described by its type only.
 *
 * If reporting an error causes the same error, it would repeat forever: `perSecond` limits the repetitions, and `weight` counts them.
 *
 * It listens while subscribed, never completes and never fails: an error that can't be read is left out. Without a page it completes immediately.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const page = new EventTarget();
 * const seen: string[] = [];
 * fromErrors({ window: page }).subscribe(({ data }) => seen.push(`${data.code}: ${data.message}`));
 * page.dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason: new RangeError('Out of it') }));
 * expect(seen).to.deep.equal(['RangeError: Out of it']);
 */
export function fromErrors(options: FromErrorsOptions = {}): Observable<EventInput<PageErrorEvent>> {
  const { perSecond, ignore, scheduler, window = thisPage(), ...limits } = OPTIONS.parse(options);
  if (window === undefined) return EMPTY;
  return defer(() => {
    const weigh = rateLimit<unknown>({ perSecond }).start({ now: () => scheduler.now(), random: () => 0 });
    const toEvent = (data: PageErrorData): EventInput<PageErrorEvent> | undefined => {
      const texts = [data.message, data.component, scriptOf(data)];
      if (ignore.some((pattern) => matches(pattern, data, texts))) return undefined;
      const weight = weigh(data);
      return weight > 0 ? { type: 'error_occurred', data, weight } : undefined;
    };
    return merge(
      fromDomEvent(window, 'error', ({ error, message, filename }: ErrorEvent) =>
        toEvent(errorData((error as unknown) ?? message, filename || undefined, message || undefined, limits)),
      ),
      fromDomEvent(window, 'unhandledrejection', ({ reason }: PromiseRejectionEvent) =>
        toEvent(errorData(reason, undefined, undefined, limits)),
      ),
    );
  });
}

function matches(pattern: ErrorPattern, data: PageErrorData, texts: readonly string[]): boolean {
  if (typeof pattern === 'function') return tryGet(() => pattern(data)) === true;
  // `search` ignores the state of a RegExp with the flag `g`.
  return texts.some((text) => (typeof pattern === 'string' ? text.includes(pattern) : text.search(pattern) >= 0));
}

/** The URL of the first frame: the only trace of its script that a rejection has. */
function scriptOf({ message, stackTrace = '' }: PageErrorData): string {
  const frames = stackTrace.slice(stackTrace.indexOf(message) + message.length);
  return /[a-z][\w+.-]*:\/\/[^\s()]+/i.exec(frames)?.[0] ?? '';
}
