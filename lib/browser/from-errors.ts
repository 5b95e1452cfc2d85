import { defer, EMPTY, filter, fromEvent, map, merge, type Observable, type SchedulerLike } from 'rxjs';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import type { ErrorData } from '../event/payloads.js';
import { errorData } from './error-data.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { checkKeys } from '../internal/check-keys.js';
import { aNumber, aScheduler, checkArgument } from '../internal/check-option.js';
import { rateLimit } from '../sampling/rate-limit.js';
import { thisPage } from './page.js';

export type PageErrorEvent = AnalyticsEvent<'error_occurred', ErrorData>;

export interface FromErrorsOptions {
  /** Errors a second that are told one by one, > 0; the next one's `weight` stands for those beyond. @default 10 */
  readonly perSecond?: number | undefined;
  /** The clock of `perSecond`. @default `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined;
  /** The page. @default the global `window` */
  readonly window?: EventTarget | undefined;
}

const DEFAULTS = { perSecond: 10 };

/**
 * An event for each error that nobody caught, and each rejection that nobody handled.
 *
 * ```
 * window   ---error----unhandledrejection---
 *          fromErrors()
 * result   ---e--------e--------------------        e = { type: 'error_occurred', data: { code: 'TypeError', message, severity: 'error', … } }
 * ```
 *
 * `code` is the error's name, `component` the script that it came from, without its query, or `'page'`. Of what was thrown and is no error, only a string
 * is told; of anything else, what kind it is. An error that handling errors causes comes again and again: the limit bounds that, and `weight` keeps count.
 *
 * It listens while it is subscribed to, and never ends by itself; where there is no page, it completes at once.
 *
 * @throws TypeError for an option outside its range
 * @example
 * const page = new EventTarget();
 * const seen: string[] = [];
 * fromErrors({ window: page }).subscribe(({ data }) => seen.push(`${data.code}: ${data.message}`));
 * page.dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason: new RangeError('Out of it') }));
 * expect(seen).to.deep.equal(['RangeError: Out of it']);
 */
export function fromErrors(options: FromErrorsOptions = {}): Observable<EventInput<PageErrorEvent>> {
  checkKeys(options, { perSecond: true, scheduler: true, window: true });
  const { perSecond = DEFAULTS.perSecond, scheduler = backgroundScheduler, window = thisPage() } = options;
  checkArgument('perSecond', perSecond, aRate);
  checkArgument('scheduler', scheduler, aScheduler);
  if (window === undefined) return EMPTY;
  return defer(() => {
    const weigh = rateLimit<unknown>({ perSecond }).start({ now: () => scheduler.now(), random: () => 0 });
    return merge(
      fromEvent<ErrorEvent>(window, 'error').pipe(
        map(({ error, message, filename }) => errorData((error as unknown) ?? message, scriptOf(filename), message)),
      ),
      fromEvent<PromiseRejectionEvent>(window, 'unhandledrejection').pipe(map(({ reason }) => errorData(reason))),
    ).pipe(
      map((data) => ({ type: 'error_occurred' as const, data, weight: weigh(data) })),
      filter(({ weight }) => weight > 0),
    );
  });
}

const aRate = { expected: 'a finite number > 0', accepts: (value: unknown) => aNumber(0).accepts(value) && value !== 0 };

/** A query may hold what is nobody's business. */
function scriptOf(filename: string | undefined): string | undefined {
  return filename === '' ? undefined : filename?.replace(/[?#].*/s, '');
}
