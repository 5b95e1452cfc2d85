import { isPlatformBrowser } from '@angular/common';
import { inject, PLATFORM_ID } from '@angular/core';
import { withMetadata, withStats } from 'rx-event-collector';
import { provideCollector, withErrorHandler, withPageLifecycle, withRouterEvents, withSinks } from 'rx-event-collector/angular';
import { pageSend } from 'rx-event-collector/browser';
import { postSink } from 'rx-event-collector/http';

/** The same place, a smaller bundle: a collector with the features that are listed here, and no others. */
export const smallCollector = provideCollector(
  { batch: { maxAgeMs: 2_000 } },
  withSinks(() => (isPlatformBrowser(inject(PLATFORM_ID)) ? [postSink({ url: '/events', send: pageSend() })] : [])),
  withMetadata({ appVersion: '1.2.0' }),
  withStats(),
  withRouterEvents(),
  withErrorHandler(),
  withPageLifecycle(),
);
