import { DOCUMENT, isPlatformBrowser } from '@angular/common';
import { DestroyRef, inject, PLATFORM_ID, provideEnvironmentInitializer } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { NavigationEnd, NavigationStart, Router, type ActivatedRouteSnapshot } from '@angular/router';
import type { PageViewData } from '../browser/page-views.js';
import { aFunction, checkOption } from '../internal/check-option.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import type { EventCollectorFeature } from './event-collector-feature.js';

/** A page view that the router knows more of. */
export interface RouteViewData extends PageViewData {
  /** The route as it is configured, `/orders/:id`: the same for all addresses that it matches. */
  readonly route: string;
}

export interface RouterEventsOptions {
  /** What of an address is told; two views of one after the other are one. @default origin and path: no query, no fragment */
  readonly toUrl?: ((url: URL) => string) | undefined;
}

/**
 * Collects a `page_viewed` event for each address that the router has navigated to.
 *
 * A page that was rendered on a server is viewed once, in the browser: on a server this does nothing. Navigations that are cancelled, fail or lead where one is already are no views.
 *
 * @throws TypeError for an option outside its range
 */
export function withRouterEvents(options: RouterEventsOptions = {}): EventCollectorFeature {
  const { toUrl = originAndPath } = options;
  checkOption('toUrl', toUrl, aFunction);
  return {
    providers: [
      provideEnvironmentInitializer(() => {
        if (!isPlatformBrowser(inject(PLATFORM_ID))) return;
        const collector = inject(EVENT_COLLECTOR);
        const router = inject(Router);
        const { defaultView } = inject(DOCUMENT);
        let last: string | undefined;
        let trigger: NavigationTrigger = 'imperative';
        router.events.pipe(takeUntilDestroyed(inject(DestroyRef))).subscribe((event) => {
          if (event instanceof NavigationStart) trigger = event.navigationTrigger ?? 'imperative';
          if (!(event instanceof NavigationEnd)) return;
          const url = toUrl(new URL(defaultView?.location.href ?? event.urlAfterRedirects));
          if (url === last) return;
          const navigation = last === undefined ? 'load' : trigger === 'imperative' ? 'push' : 'traverse';
          const data: RouteViewData = { url, referrer: last ?? '', navigation, route: patternOf(router.routerState.snapshot.root) };
          last = url;
          collector.collect({ type: 'page_viewed', category: 'usage', data });
        });
      }),
    ],
  };
}

type NavigationTrigger = NonNullable<NavigationStart['navigationTrigger']>;

const originAndPath = ({ origin, pathname }: URL): string => origin + pathname;

/** Along the primary outlets. */
function patternOf(root: ActivatedRouteSnapshot): string {
  const segments: string[] = [];
  for (let route: ActivatedRouteSnapshot | null = root; route !== null; route = route.firstChild) {
    const path = route.routeConfig?.path ?? '';
    if (path !== '') segments.push(path);
  }
  return `/${segments.join('/')}`;
}
