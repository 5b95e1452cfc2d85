import { isPlatformBrowser } from '@angular/common';
import { DestroyRef, inject, NgZone, PLATFORM_ID, provideEnvironmentInitializer } from '@angular/core';
import { withPageLifecycle as tieToPage, type PageLifecycleOptions } from '../browser/with-page-lifecycle.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import type { EventCollectorFeature } from './event-collector-feature.js';

/** `withPageLifecycle` of `rx-event-collector/browser`, from the start of the application to its end; does nothing on a server. */
export function withPageLifecycle(options?: PageLifecycleOptions): EventCollectorFeature {
  return {
    providers: [
      provideEnvironmentInitializer(() => {
        if (!isPlatformBrowser(inject(PLATFORM_ID))) return;
        const collector = inject(EVENT_COLLECTOR);
        const lifecycle = inject(NgZone).runOutsideAngular(() => tieToPage(collector, options));
        inject(DestroyRef).onDestroy(() => {
          lifecycle.unsubscribe();
        });
      }),
    ],
  };
}
