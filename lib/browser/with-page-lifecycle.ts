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
  /** Ends the time in which a page that was left sends each event at once. @default `asyncScheduler` */
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

/** Requests at once per sink while the page goes: more than the 64 KiB that browsers send for a page that is gone can hold. */
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
 * | `visibilitychange` to hidden, `pagehide`, `freeze` | `flush()` and `retryNow()`: cuts the open batch; every batch that is queued or waits for a back-off, a `Retry-After` or an open breaker is attempted at once, up to 64 per sink whatever its `concurrency`. So are events that later listeners collect |
 * | `offline` | `pause()`: attempts nothing; the time doesn't count for retries, and requests under way go on |
 * | `online`, or online again when it returns | ends the pause, and `retryNow()` |
 *
 * It never listens to `unload` or `beforeunload`, which would keep the page out of the back/forward cache, and works on after a return from there.
 * Requests must outlive the page by themselves: use `pageTransport`. A crash, or closing the page while it is offline, loses pending events. Killing
 * a hidden page loses the events collected since it was hidden.
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
  // A page that runs this code isn't leaving, even if its return went unseen.
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

  /** While the page goes: until its own code runs again. */
  let going: Subscription | undefined;
  let hasUnsent = false;
  const sendRest = (): void => {
    if (hasUnsent && !lifecycle.closed) send();
    hasUnsent = false;
  };
  const go = (): void => {
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
