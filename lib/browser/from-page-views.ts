import { defer, EMPTY, filter, fromEvent, map, merge, Observable, of, switchMap, take } from 'rxjs';
import type { AnalyticsEvent, EventInput } from '../event/event.js';
import { checkKeys } from '../internal/check-keys.js';
import { aFunction, checkArgument } from '../internal/check-option.js';
import { thisPage } from './page.js';

export interface PageViewData {
  readonly url: string;
  /** Where the visitor came from: the view before, or at first the document's referrer; empty where that is unknown. */
  readonly referrer: string;
  /** How: a page that was loaded or came back from the back/forward cache, an entry added to the history or put in place of another, or a way through it. */
  readonly navigation: 'load' | 'restore' | 'push' | 'replace' | 'traverse';
}

export type PageViewEvent = AnalyticsEvent<'page_viewed', PageViewData>;

/** What of a `window` page views are read from. */
export interface ViewedPage extends EventTarget {
  readonly document: EventTarget & { readonly referrer: string; readonly prerendering?: boolean };
  readonly location: { readonly href: string };
  readonly history: Pick<History, 'pushState' | 'replaceState'>;
  /** Where there is none, `history` is patched while somebody is subscribed. */
  readonly navigation?: EventTarget | undefined;
}

export interface FromPageViewsOptions {
  /** What of an address is told; two views of one after the other are one. @default origin and path: no query, no fragment */
  readonly toUrl?: ((url: URL) => string) | undefined;
  /** The page. @default the global `window` */
  readonly window?: ViewedPage | undefined;
}

/**
 * An event for each view of a page: the first, and those that a single-page application navigates to.
 *
 * ```
 * history  ----push('/a')---replace('/a?q=1')---back()---|
 *          fromPageViews()
 * result   v---v-------------------------------v----------        v = { type: 'page_viewed' as const, category: 'usage' as const, data: { url, referrer, navigation } }
 * ```
 *
 * An address that stays the same, as far as `toUrl` tells it, is no new view, however often it is set; a return from the back/forward cache is one. A page
 * that is rendered in advance is viewed when it is shown. The views come from the Navigation API; where there is none, from `popstate` and
 * from `pushState` and `replaceState`, which are patched while somebody is subscribed.
 *
 * It listens while it is subscribed to, and never ends by itself; where there is no page, it completes at once. A `toUrl` that throws costs that view.
 *
 * @throws TypeError for an option outside its range
 * @example
 * const collector = new EventCollector({ sinks: [] });
 * const subscription = fromPageViews({ toUrl: ({ pathname, hash }) => pathname + hash }).subscribe((event) => collector.collect(event));
 * subscription.unsubscribe();
 */
export function fromPageViews(options: FromPageViewsOptions = {}): Observable<EventInput<PageViewEvent>> {
  checkKeys(options, { toUrl: true, window: true });
  const { toUrl = originAndPath } = options;
  checkArgument('toUrl', toUrl, aFunction);
  const page: ViewedPage | undefined = options.window ?? thisPage();
  if (page === undefined) return EMPTY;
  const { document, location } = page;
  const told = (href: string): string | undefined => {
    try {
      return href === '' ? '' : toUrl(new URL(href));
    } catch {
      return undefined;
    }
  };
  const starts$ = defer(() => (document.prerendering === true ? fromEvent(document, 'prerenderingchange').pipe(take(1)) : of(undefined)));
  const restores$ = fromEvent<PageTransitionEvent>(page, 'pageshow').pipe(filter(({ persisted }) => persisted));
  const navigations$ = merge(restores$.pipe(map(() => 'restore' as const)), moves(page));
  return defer(() => {
    let last: string | undefined;
    // Listened to before the first view is told: whoever is told of it may navigate on at once.
    return starts$.pipe(
      switchMap(() => merge(navigations$, of('load' as const))),
      map((navigation) => ({ navigation, url: told(location.href) })),
      filter(({ navigation, url }) => url !== undefined && (url !== last || navigation === 'restore')),
      map(({ navigation, url = '' }) => {
        const referrer = last ?? told(document.referrer) ?? '';
        last = url;
        return { type: 'page_viewed' as const, category: 'usage' as const, data: { url, referrer, navigation } };
      }),
    );
  });
}

const originAndPath = ({ protocol, host, pathname }: URL): string => `${protocol}//${host}${pathname}`;

type Move = Extract<PageViewData['navigation'], 'push' | 'replace' | 'traverse'>;

/** Changes of the address that leave the document where it is. */
function moves(page: ViewedPage): Observable<Move> {
  const { navigation, history } = page;
  if (navigation === undefined) {
    const pops$ = fromEvent(page, 'popstate').pipe(map(() => 'traverse' as const));
    return merge(patched(history, 'push'), patched(history, 'replace'), pops$);
  }
  return fromEvent<NavigationCurrentEntryChangeEvent>(navigation, 'currententrychange').pipe(
    map(({ navigationType }) => (navigationType === 'push' || navigationType === 'traverse' ? navigationType : 'replace')),
  );
}

/** Emits after each call of `pushState` or `replaceState`. */
function patched(history: ViewedPage['history'], move: 'push' | 'replace'): Observable<Move> {
  return new Observable((subscriber) => {
    const name = `${move}State` as const;
    const wasOwn = Object.hasOwn(history, name);
    const original = history[name];
    const patch = function (this: History, ...args: Parameters<History['pushState']>): void {
      original.apply(this, args);
      subscriber.next(move);
    };
    history[name] = patch;
    return () => {
      // Whoever has patched it since calls ours, which only passes the call on from now on.
      if (history[name] !== patch) return;
      if (wasOwn) history[name] = original;
      else Reflect.deleteProperty(history, name);
    };
  });
}
