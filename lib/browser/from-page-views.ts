import { defer, EMPTY, filter, map, merge, Observable, of, switchMap, take } from 'rxjs';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { aFunction, isFunction, isObject } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { tryGet } from '../internal/try-get.js';
import { fromDomEvent, valueOf } from './dom.js';
import { thisPage } from './page.js';
import { originAndPath, reportedUrl } from './reported-url.js';

export interface PageViewData {
  readonly url: string;
  /** The URL of the view before; for the first view, the document's referrer. Empty if unknown. */
  readonly referrer: string;
  /**
   * How the visitor got there: `'load'` a new document, `'restore'` from the back/forward cache, `'push'` and `'replace'` by a new or replaced history
   * entry, `'traverse'` by going back or forward.
   */
  readonly navigation: 'load' | 'restore' | 'push' | 'replace' | 'traverse';
}

export type PageViewEvent = AnalyticsEvent<'page_viewed', PageViewData>;

/**
 * `pushState` and `replaceState` of a page's `history`.
 *
 * @inline
 */
type ChangeHistory = (data: unknown, unused: string, url?: string | URL | null) => void;

/** The part of a `window` that page views are read from. */
export interface ViewedPage extends EventTarget {
  readonly document: EventTarget & { readonly referrer: string; readonly prerendering?: boolean };
  readonly location: { readonly href: string };
  readonly history: Record<'pushState' | 'replaceState', ChangeHistory>;
  /** Without it, `history` is patched while subscribed. */
  readonly navigation?: (EventTarget & { readonly currentEntry: unknown }) | undefined;
}

export interface FromPageViewsOptions {
  /** The reported form of a URL; consecutive views with equal results are one. @default origin and path: no query, no fragment */
  readonly toUrl?: ((url: URL) => string) | undefined;
  /** The page. @default the global `window` */
  readonly window?: ViewedPage | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<FromPageViewsOptions, 'window'>(() => ({
  toUrl: [aFunction, originAndPath],
  window: [
    {
      expected: 'a window',
      accepts: (value) => isObject(value) && isFunction(value.addEventListener) && [value.document, value.history].every(isObject),
    },
  ],
}));

/**
 * Emits an event for each view of a page: the first one, and each one that a single-page application navigates to.
 *
 * ```
 * history  ----push('/a')---replace('/a?q=1')---back()----
 *          fromPageViews()
 * result   v---v-------------------------------v----------        v = { type: 'page_viewed', category: 'usage', data: { url, referrer, navigation } }
 * ```
 *
 * A navigation to a URL with the same `toUrl` result is not a view; a return from the back/forward cache is. A prerendered page is viewed when it is
 * shown. Views come from the Navigation API or, where it is missing, from `popstate` and from `pushState` and `replaceState`, which are patched while
 * subscribed.
 *
 * It listens while subscribed, never completes and never fails: a view whose `toUrl` throws is left out. Without a page it completes immediately.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const collector = new EventCollector({ sinks: [] });
 * const subscription = fromPageViews({ toUrl: ({ pathname, hash }) => pathname + hash }).subscribe((event) => collector.collect(event));
 * subscription.unsubscribe();
 */
export function fromPageViews(options: FromPageViewsOptions = {}): Observable<EventInput<PageViewEvent>> {
  const { toUrl, window } = OPTIONS.parse(options);
  const page: ViewedPage | undefined = window ?? thisPage();
  if (page === undefined) return EMPTY;
  const { document, location } = page;
  const report = (href: string): string | undefined => (href === '' ? '' : reportedUrl(href, toUrl));

  const starts$ = defer(() =>
    valueOf(document, 'prerendering') === true ? fromDomEvent(document, 'prerenderingchange', () => true).pipe(take(1)) : of(true),
  );
  const restores$ = fromDomEvent(page, 'pageshow', ({ persisted }: PageTransitionEvent) => (persisted ? ('restore' as const) : undefined));
  const navigations$ = merge(restores$, moves(page));
  return defer(() => {
    let last: string | undefined;
    // Listens before it emits the first view: its observer may navigate immediately.
    return starts$.pipe(
      switchMap(() => merge(navigations$, of('load' as const))),
      map((navigation) => ({ navigation, url: report(location.href) })),
      filter(({ navigation, url }) => url !== undefined && (url !== last || navigation === 'restore')),
      map(({ navigation, url = '' }) => {
        const referrer = last ?? report(valueOf(document, 'referrer') ?? '') ?? '';
        last = url;
        return { type: 'page_viewed' as const, category: 'usage' as const, data: { url, referrer, navigation } };
      }),
    );
  });
}

type Move = Extract<PageViewData['navigation'], 'push' | 'replace' | 'traverse'>;

/** Changes of the URL within the document. */
function moves(page: ViewedPage): Observable<Move> {
  const { navigation, history } = page;
  // Without the Navigation API, `window.navigation` may be an element with the id `navigation`.
  if (!isObject(navigation) || tryGet(() => 'currentEntry' in navigation) !== true) {
    const pops$ = fromDomEvent(page, 'popstate', () => 'traverse' as const);
    return merge(patched(history, 'push'), patched(history, 'replace'), pops$);
  }
  return fromDomEvent<Move>(navigation, 'currententrychange', ({ navigationType }: NavigationCurrentEntryChangeEvent) =>
    navigationType === 'push' || navigationType === 'traverse' ? navigationType : 'replace',
  );
}

/** Emits after each call of `pushState` or `replaceState`; never, if the history can't be patched. */
function patched(history: ViewedPage['history'], move: 'push' | 'replace'): Observable<Move> {
  return new Observable((subscriber) => {
    const name = `${move}State` as const;
    const wasOwn = Object.hasOwn(history, name);
    const original = history[name];
    const patch = function (this: History, ...args: Parameters<History['pushState']>): void {
      original.apply(this, args);
      subscriber.next(move);
    };
    // Unlike an assignment, it doesn't throw for a frozen history.
    if (!Reflect.set(history, name, patch)) return undefined;
    return () => {
      // A later patch calls ours, which then only passes the call on.
      if (history[name] !== patch) return;
      if (wasOwn) Reflect.set(history, name, original);
      else Reflect.deleteProperty(history, name);
    };
  });
}
