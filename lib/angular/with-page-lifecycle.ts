import { isPlatformBrowser } from '@angular/common';
import { DestroyRef, inject, InjectionToken, NgZone, PLATFORM_ID } from '@angular/core';
import { withPageLifecycle as tieToPage, type PageLifecycleOptions } from '../browser/with-page-lifecycle.js';
import { atStart } from './at-start.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import type { EventCollectorFeature } from './event-collector-feature.js';

const PAGE_LIFECYCLE = new InjectionToken<void>('rx-event-collector page lifecycle');

/**
 * `withPageLifecycle` of `rx-event-collector/browser`, from the start of the application to its end: flushes when the page is hidden or left, and waits while it is offline.
 *
 * On a server it does nothing.
 *
 * @throws TypeError for an option outside its range, when the application starts
 */
export function withPageLifecycle(options?: PageLifecycleOptions): EventCollectorFeature {
  return atStart(PAGE_LIFECYCLE, () => {
    if (!isPlatformBrowser(inject(PLATFORM_ID))) return;
    const collector = inject(EVENT_COLLECTOR);
    const lifecycle = inject(NgZone).runOutsideAngular(() => tieToPage(collector, options));
    inject(DestroyRef).onDestroy(() => {
      lifecycle.unsubscribe();
    });
  });
}
