import { DOCUMENT, isPlatformBrowser, Location } from '@angular/common';
import { DestroyRef, inject, InjectionToken, NgZone, PLATFORM_ID, untracked } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { NavigationEnd, PRIMARY_OUTLET, Router, type ActivatedRouteSnapshot, type Navigation } from '@angular/router';
import { EMPTY, filter, fromEvent, map, merge, type Observable } from 'rxjs';
import type { PageViewData } from '../browser/from-page-views.js';
import { tryGet } from '../internal/try-get.js';
import { aFunction } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { atStart } from './at-start.js';
import { COLLECTOR } from './collector-token.js';
import type { EventCollectorFeature } from './event-collector-feature.js';
import { withoutQuery } from './without-query.js';

/** A page view with its route. */
export interface RouteViewData extends PageViewData {
  /** The configured path, such as `/orders/:id`: the same for every URL that it matches. */
  readonly route: string;
}

export interface RouterEventsOptions {
  /** The URL that is collected; consecutive views of the same one count once. @default the URL without query and fragment */
  readonly toUrl?: ((url: URL) => string) | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<RouterEventsOptions, 'toUrl'>(() => ({ toUrl: [aFunction] }));

const ROUTER_EVENTS = /* @__PURE__ */ new InjectionToken<void>('rx-event-collector router events');

/**
 * Collects a `page_viewed` event for each URL that the router has navigated to.
 *
 * Does nothing on a server: a page that was rendered there counts once, in the browser. A redirect is one view, of its target. Navigations that are
 * cancelled, fail or lead to the current URL are not views. A page restored from the back/forward cache is viewed again; a prerendered page is viewed
 * when it is shown. If `toUrl` throws, that view is not collected.
 *
 * @throws TypeError for an invalid or unknown option
 */
export function withRouterEvents(options: RouterEventsOptions = {}): EventCollectorFeature {
  const { toUrl } = OPTIONS.parse(options);
  return atStart(ROUTER_EVENTS, () => {
    if (!isPlatformBrowser(inject(PLATFORM_ID))) return;
    const collector = inject(COLLECTOR);
    const router = inject(Router);
    const location = inject(Location);
    const document = inject(DOCUMENT);
    let last: string | undefined;

    const address = (path: string): URL => new URL(location.prepareExternalUrl(path), document.baseURI);
    // With routes in the fragment, the query is in the fragment, too.
    const here = (): string => (toUrl === undefined ? withoutSearch(address(withoutQuery(router.url))) : toUrl(address(router.url)));
    const before = (): string => {
      if (last !== undefined || document.referrer === '') return last ?? '';
      const referrer = new URL(document.referrer);
      return toUrl === undefined ? withoutSearch(new URL(withoutQuery(referrer.href))) : toUrl(referrer);
    };
    const view = (navigation: RouteViewData['navigation']): void => {
      const [url, referrer] = [tryGet(here), tryGet(before) ?? ''];
      if (url === undefined || (url === last && navigation !== 'restore')) return;
      const data: RouteViewData = {
        url,
        referrer,
        navigation: last === undefined ? 'load' : navigation,
        route: patternOf(router.routerState.snapshot.root),
      };
      last = url;
      collector.collect({ type: 'page_viewed', category: 'usage', data });
    };
    inject(NgZone).runOutsideAngular(() =>
      viewsOf(router, document)
        .pipe(takeUntilDestroyed(inject(DestroyRef)))
        .subscribe(view),
    );
  });
}

/** The kind of navigation of each view. */
function viewsOf(router: Router, document: Document & { readonly prerendering?: boolean }): Observable<RouteViewData['navigation']> {
  const { defaultView } = document;
  return merge(
    router.events.pipe(
      filter((event) => event instanceof NavigationEnd && document.prerendering !== true),
      map(() => wayOf(navigationOf(router))),
    ),
    fromEvent(document, 'prerenderingchange').pipe(
      filter(() => router.navigated),
      map(() => 'load' as const),
    ),
    (defaultView === null ? EMPTY : fromEvent<PageTransitionEvent>(defaultView, 'pageshow')).pipe(
      filter(({ persisted }) => persisted),
      map(() => 'restore' as const),
    ),
  );
}

function wayOf(navigation: Navigation | null): 'push' | 'replace' | 'traverse' {
  if (navigation !== null && navigation.trigger !== 'imperative') return 'traverse';
  return navigation?.extras.replaceUrl === true ? 'replace' : 'push';
}

/** Angular 20.2 added the signal, and deprecated the method. */
function navigationOf(router: Router): Navigation | null {
  const { currentNavigation } = router as { readonly currentNavigation?: () => Navigation | null };
  return currentNavigation === undefined ? (router as BeforeSignals).getCurrentNavigation() : untracked(currentNavigation);
}

interface BeforeSignals {
  getCurrentNavigation(): Navigation | null;
}

const withoutSearch = ({ protocol, host, pathname, hash }: URL): string => `${protocol}//${host}${pathname}${hash}`;

/** The path of the primary outlets' routes. */
function patternOf(root: ActivatedRouteSnapshot): string {
  const segments: string[] = [];
  for (let route: ActivatedRouteSnapshot | undefined = root; route !== undefined; route = primaryBelow(route)) {
    const path = route.routeConfig?.path ?? '';
    if (path !== '') segments.push(path);
  }
  return `/${segments.join('/')}`;
}

/** The first child may belong to a named outlet. */
const primaryBelow = ({ children }: ActivatedRouteSnapshot): ActivatedRouteSnapshot | undefined =>
  children.find(({ outlet }) => outlet === PRIMARY_OUTLET);
