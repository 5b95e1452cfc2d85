import { inject, NgZone, provideEnvironmentInitializer } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { injectEventCollector } from 'rx-event-collector/angular';
import { fromClicks, type ClickEvent } from 'rx-event-collector/browser';

/** Collects clicks on whatever has the attribute `data-track`, without a change detection of its own. On a server there are none. */
export const trackedClicks = provideEnvironmentInitializer(() => {
  const collector = injectEventCollector<ClickEvent>();
  inject(NgZone).runOutsideAngular(() =>
    fromClicks('[data-track]')
      .pipe(takeUntilDestroyed())
      .subscribe((event) => collector.collect(event)),
  );
});
