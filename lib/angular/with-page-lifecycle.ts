import { isPlatformBrowser } from '@angular/common';
import { DestroyRef, inject, InjectionToken, NgZone, PLATFORM_ID } from '@angular/core';
import { withPageLifecycle as tieToPage, type PageLifecycleOptions } from '../browser/with-page-lifecycle.js';
import { atStart } from './at-start.js';
import { COLLECTOR } from './collector-token.js';
import type { EventCollectorFeature } from './event-collector-feature.js';

const PAGE_LIFECYCLE = /* @__PURE__ */ new InjectionToken<void>('rx-event-collector page lifecycle');

/**
 * Ties the collector to its page while the application runs, as `withPageLifecycle` of `rx-event-collector/browser` does: sends pending
 * events before the page is left, and waits while there is no network. Does nothing on a server.
 *
 * @throws TypeError for an invalid or unknown option, when the application starts
 */
export function withPageLifecycle(options?: PageLifecycleOptions): EventCollectorFeature {
  return atStart(PAGE_LIFECYCLE, () => {
    if (!isPlatformBrowser(inject(PLATFORM_ID))) return;
    const collector = inject(COLLECTOR);
    const lifecycle = inject(NgZone).runOutsideAngular(() => tieToPage(collector, options));
    inject(DestroyRef).onDestroy(() => {
      lifecycle.unsubscribe();
    });
  });
}
