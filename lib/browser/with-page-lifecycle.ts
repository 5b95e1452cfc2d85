import {
  asapScheduler,
  auditTime,
  distinctUntilChanged,
  EMPTY,
  endWith,
  fromEvent,
  ignoreElements,
  map,
  merge,
  startWith,
  Subscription,
  switchMap,
  takeUntil,
  tap,
  timer,
  type SchedulerLike,
} from 'rxjs';
import { aCollector } from '../collector/a-collector.js';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { checkKeys } from '../internal/check-keys.js';
import { aBoolean, aScheduler, checkArgument } from '../internal/check-option.js';
import { stateOf, thisPage, type BrowserPage } from './page.js';
import { pauseLanes } from './pause-lanes.js';

export interface PageLifecycleOptions {
  /** Whether the sinks wait while the page is offline. @default true */
  readonly pauseOffline?: boolean | undefined;
  /** Ends the watch over a page that was left and lives on. @default `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined;
  /** The page. @default the global `window` */
  readonly window?: BrowserPage | undefined;
}

/**
 * Ties a collector to the life of its page: what is collected goes out before the page does, and waits while there is no network.
 *
 * ```
 * visible ──────────► hidden ──► pagehide ──► (bfcache) ──► pageshow ──► …
 *                     flush       flush
 * online ──► offline ─────────────────────► online
 *            lanes pause, events wait       lanes resume at once
 * ```
 *
 * It flushes when the page is hidden, left or frozen (`visibilitychange`, `pagehide`, `freeze`); and so does whatever other listeners of the
 * same event still collect. It never listens to `unload` or `beforeunload`, which would keep the page out of the back/forward cache, and works
 * on after a return from there. While offline nothing is attempted, and the time doesn't count for retries; what was on its way goes on.
 *
 * Flushing hands events to the sinks; that their requests survive the page is for the transport to see to (`pageTransport`). Nothing survives a crash. A
 * page that is killed while it is hidden loses what it has collected since it was hidden, and one that is closed while it is offline loses what it
 * still held. As long as there is a page, these events are `pending` in its books, and after a `shutdown` they are `dropped`.
 *
 * It ends by itself when the collector has shut down. Unsubscribing removes every listener, and lets paused lanes go on. On a server or in a
 * worker, where there is no page, it does nothing.
 *
 * @throws TypeError for what is no collector, or an option outside its range
 * @example
 * const page = Object.assign(new EventTarget(), {
 *   document: Object.assign(new EventTarget(), { visibilityState: 'visible' }),
 *   navigator: { onLine: true },
 * });
 * const sink = new MemorySink();
 * const collector = new EventCollector({ sinks: [sink] });
 * withPageLifecycle(collector, { window: page });
 * collector.track('feature_used', { feature: 'search' });
 * page.dispatchEvent(new Event('pagehide'));
 * expect(sink.events).to.have.lengthOf(1);
 */
export function withPageLifecycle<E extends AnalyticsEvent>(
  collector: EventCollector<E>,
  options: PageLifecycleOptions = {},
): Subscription {
  checkArgument('collector', collector, aCollector);
  checkKeys(options, { pauseOffline: true, scheduler: true, window: true });
  const { pauseOffline = true, scheduler = backgroundScheduler, window: page = thisPage() } = options;
  checkArgument('pauseOffline', pauseOffline, aBoolean);
  checkArgument('scheduler', scheduler, aScheduler);
  if (page === undefined) return Subscription.EMPTY;
  const { document, navigator } = page;
  const state = stateOf(page);
  // A page that begins something isn't leaving, though whoever watched it before may not have seen it come back.
  state.isLeaving = false;

  const leaves$ = merge(fromEvent(page, 'pagehide'), fromEvent(document, 'freeze')).pipe(map(() => true));
  const returns$ = merge(fromEvent(page, 'pageshow'), fromEvent(document, 'resume')).pipe(map(() => false));
  const hides$ = fromEvent(document, 'visibilitychange').pipe(map(() => document.visibilityState === 'hidden'));
  const flushes$ = merge(
    merge(leaves$, returns$).pipe(
      tap((isLeaving) => {
        state.isLeaving = isLeaving;
      }),
    ),
    hides$,
  ).pipe(
    // Listeners that come after this one may collect, too. A page that still runs code of its own when they are through lives on.
    switchMap((isGoing) =>
      isGoing ? collector.events$.pipe(auditTime(0, asapScheduler), startWith(undefined), takeUntil(timer(0, scheduler))) : EMPTY,
    ),
    tap(() => void collector.flush()),
  );

  // No event tells of a network that came or went while the page was frozen.
  const isOnline$ = merge(fromEvent(page, 'online'), fromEvent(page, 'offline'), returns$).pipe(
    startWith(undefined),
    map(() => navigator.onLine),
    distinctUntilChanged(),
  );
  const pauses$ = pauseOffline ? isOnline$.pipe(switchMap((isOnline) => (isOnline ? EMPTY : pauseLanes(collector)))) : EMPTY;

  const ends$ = collector.batches$.pipe(ignoreElements(), endWith(undefined));
  return merge(flushes$, pauses$).pipe(takeUntil(ends$)).subscribe();
}
