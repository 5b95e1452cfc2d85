import { isPlatformBrowser } from '@angular/common';
import { inject, PLATFORM_ID } from '@angular/core';
import {
  provideEventCollector,
  withErrorHandler,
  withHttpTiming,
  withPageLifecycle,
  withRouterEvents,
  withSinks,
} from 'rx-event-collector/angular';
import { pageTransport } from 'rx-event-collector/browser';
import { httpSink } from 'rx-event-collector/http';

/** One of the application's providers. On a server, events are not sent. */
export const collector = provideEventCollector(
  { config: { batch: { maxAgeMs: 2_000 }, categories: { performance: { sampling: { rate: 1 } } } } },
  withSinks(() =>
    isPlatformBrowser(inject(PLATFORM_ID)) ? [httpSink({ url: '/events', transport: pageTransport(), maxBodyBytes: 60_000 })] : [],
  ),
  withRouterEvents(),
  withErrorHandler(),
  withHttpTiming(),
  withPageLifecycle(),
);
