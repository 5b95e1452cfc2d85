import { isPlatformBrowser } from '@angular/common';
import { inject, NgZone, PLATFORM_ID, provideEnvironmentInitializer } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { exhaustMap, filter, fromEvent, type Subscription } from 'rxjs';
import { injectCollector } from 'rx-event-collector/angular';

/** Ctrl-Shift-E opens and closes the devtools, which are loaded when they are first opened. They cause no change detection. */
export const devtools = provideEnvironmentInitializer(() => {
  if (!isPlatformBrowser(inject(PLATFORM_ID))) return;
  const collector = injectCollector();
  let attached: Subscription | undefined;
  inject(NgZone).runOutsideAngular(() =>
    fromEvent<KeyboardEvent>(document, 'keydown')
      .pipe(
        filter(({ ctrlKey, shiftKey, code }) => ctrlKey && shiftKey && code === 'KeyE'),
        exhaustMap((event) => {
          event.preventDefault();
          return import('rx-event-collector/devtools');
        }),
        takeUntilDestroyed(),
      )
      .subscribe(({ attachDevtools }) => {
        if (attached !== undefined && !attached.closed) attached.unsubscribe();
        else attached = attachDevtools(collector, { title: 'Tea & Telemetry' });
      }),
  );
});
