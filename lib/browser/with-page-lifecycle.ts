import { Subscription, type Observable, type SchedulerLike } from 'rxjs';
import { backgroundScheduler } from '../internal/background-scheduler.js';
import { aBoolean, aScheduler, checkArgument, isFunction, isObject, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { listen } from './dom.js';
import { isHidden, stateOf, thisPage, type BrowserPage } from './page.js';

/** The part of a collector that a page needs. */
export interface PageCollector {
  readonly events$: Observable<unknown>;
  /** Completes when the collector has shut down. */
  readonly batches$: Observable<unknown>;
  flush(): Promise<unknown>;
  pause(): Subscription;
  retryNow(options?: { readonly concurrency?: number | undefined }): void;
}

export interface PageLifecycleOptions {
  /** Whether sinks wait while the page is offline. @default true */
  readonly pauseOffline?: boolean | undefined;
  /** Schedules the end of the period in which each event is sent immediately after the page was left. @default `asyncScheduler` */
  readonly scheduler?: SchedulerLike | undefined;
  /** The page. @default the global `window` */
  readonly window?: BrowserPage | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<PageLifecycleOptions, 'window'>(() => ({
  pauseOffline: [aBoolean, true],
  scheduler: [aScheduler, backgroundScheduler],
  window: [{ expected: 'a window', accepts: (value) => isObject(value) && isObject(value.document) && isObject(value.navigator) }],
}));

const aPageCollector: Expectation = {
  expected: 'a collector',
  accepts: (value) =>
    isObject(value) && [value.flush, value.pause, value.retryNow].every(isFunction) && isObject(value.events$) && isObject(value.batches$),
};

/** Concurrent requests per sink while the page is left: more than fit into the 64 KiB that browsers send after the page has ended. */
const LAST_REQUESTS = { concurrency: 64 };

/**
 * Ties a collector to its page: sends pending events before the page is left, and waits while there is no network.
 *
 * ```
 * visible ──────────► hidden ──► pagehide ──► (back/forward cache) ──► pageshow ──► …
 *                     send        send
 * online ──► offline ─────────────────────► online
 *            lanes pause, events wait       lanes attempt at once
 * ```
 *
 * | the page | the collector |
 * |---|---|
 * | `visibilitychange` to hidden, `pagehide`, `freeze` | `flush()` and `retryNow()`: cuts the open batch; every batch that is queued or waits for a back-off, a `Retry-After` or an open breaker is attempted immediately, up to 64 per sink regardless of its `concurrency`, as are events that later listeners collect |
 * | `offline` | `pause()`: attempts nothing; the time doesn't count for retries, and requests in flight continue |
 * | `online`, or online again when it returns | ends the pause, and `retryNow()` |
 *
 * It never listens to `unload` or `beforeunload`, which would keep the page out of the back/forward cache, and continues to work after a return from
 * there. For requests that outlive the page, use `pageTransport`. A crash, or closing the page while it is offline, loses pending events. Killing a
 * hidden page loses the events collected since it was hidden.
 *
 * It ends when the collector has shut down. Unsubscribing removes every listener and ends the pause. Without a page it does nothing.
 *
 * @throws TypeError for an invalid collector, and for an invalid or unknown option
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
export function withPageLifecycle(collector: PageCollector, options: PageLifecycleOptions = {}): Subscription {
  checkArgument('collector', collector, aPageCollector);
  const { pauseOffline, scheduler, window: page = thisPage() } = OPTIONS.parse(options);
  const lifecycle = new Subscription();
  if (page !== undefined) {
    lifecycle.add(
      collector.batches$.subscribe({
        complete: () => {
          lifecycle.unsubscribe();
        },
      }),
    );
  }
  if (page === undefined || lifecycle.closed) return Subscription.EMPTY;
  const { document, navigator } = page;
  const state = stateOf(page);
  // A page that runs this code isn't being left, even if its return was not observed.
  state.isLeaving = false;

  const send = (): void => {
    void collector.flush();
    collector.retryNow(LAST_REQUESTS);
  };

  let pause: Subscription | undefined;
  const followNetwork = (): void => {
    if (!navigator.onLine) {
      if (pauseOffline) pause ??= collector.pause();
    } else if (pause !== undefined) {
      pause.unsubscribe();
      pause = undefined;
      collector.retryNow();
    }
  };

  /** Active while the page is hidden or left, until its own code runs again. */
  let going: Subscription | undefined;
  let hasUnsent = false;
  const sendRest = (): void => {
    if (hasUnsent && !lifecycle.closed) send();
    hasUnsent = false;
  };
  const go = (): void => {
    // Requests that wait, such as for the answer to an earlier one, have older events.
    for (const work of [...state.onLeaving]) work();
    send();
    going?.unsubscribe();
    // Later listeners may collect, too: their events leave together, after the listener that is running.
    going = collector.events$.subscribe(() => {
      if (!hasUnsent) queueMicrotask(sendRest);
      hasUnsent = true;
    });
    going.add(scheduler.schedule(() => going?.unsubscribe(), 0));
  };
  const leave = (): void => {
    state.isLeaving = true;
    go();
  };
  const stay = (): void => {
    going?.unsubscribe();
  };
  const comeBack = (): void => {
    state.isLeaving = false;
    stay();
    // A frozen page receives no event about its network.
    followNetwork();
  };

  const on = (target: EventTarget, type: string, listener: () => void, capture?: boolean): void => {
    lifecycle.add(listen(target, type, listener, capture));
  };
  on(document, 'visibilitychange', () => {
    if (isHidden(document)) go();
    else stay();
  });
  on(document, 'freeze', leave);
  on(page, 'pagehide', leave);
  on(document, 'resume', comeBack);
  on(page, 'pageshow', comeBack);
  on(page, 'offline', followNetwork);
  on(page, 'online', () => {
    if (pause === undefined) collector.retryNow();
    followNetwork();
  });
  followNetwork();
  lifecycle.add(() => {
    going?.unsubscribe();
    pause?.unsubscribe();
  });
  return lifecycle;
}
