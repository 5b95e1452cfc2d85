import { provideHttpClient, withFetch } from '@angular/common/http';
import { type ApplicationConfig, inject, PLATFORM_ID } from '@angular/core';
import { isPlatformBrowser } from '@angular/common';
import { provideClientHydration } from '@angular/platform-browser';
import { provideRouter } from '@angular/router';
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
import { routes } from './app.routes';
import { provideChangeDetection } from './change-detection';

export const appConfig: ApplicationConfig = {
  providers: [
    provideChangeDetection(),
    provideRouter(routes),
    provideHttpClient(withFetch()),
    provideClientHydration(),
    provideEventCollector(
      { config: { batch: { maxAgeMs: 2_000 }, categories: { performance: { sampling: { rate: 1 } } } } },
      withSinks(() => (isPlatformBrowser(inject(PLATFORM_ID)) ? [httpSink({ url: '/events', transport: pageTransport() })] : [])),
      withRouterEvents(),
      withErrorHandler(),
      withHttpTiming(),
      withPageLifecycle(),
    ),
  ],
};
