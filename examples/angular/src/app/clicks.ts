import { inject, NgZone, provideEnvironmentInitializer } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { injectCollector } from 'rx-event-collector/angular';
import { fromClicks, type ClickEvent } from 'rx-event-collector/browser';

/** Collects clicks on elements with the attribute `data-track`, without change detection. Does nothing on a server. */
export const trackedClicks = provideEnvironmentInitializer(() => {
  const collector = injectCollector<ClickEvent>();
  inject(NgZone).runOutsideAngular(() =>
    fromClicks('[data-track]')
      .pipe(takeUntilDestroyed())
      .subscribe((event) => collector.collect(event)),
  );
});
