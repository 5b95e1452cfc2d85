import { HttpClient, HttpContext, HttpErrorResponse, HttpRequest, HttpResponse, provideHttpClient, HttpBackend, type HttpEvent } from '@angular/common/http';
import {
  createEnvironmentInjector,
  ErrorHandler,
  InjectionToken,
  NgZone,
  PLATFORM_ID,
  runInInjectionContext,
  signal,
  type EnvironmentInjector,
  type EnvironmentProviders,
  type Provider,
  Injector,
} from '@angular/core';
import '@angular/compiler';
import { expect } from 'chai';
import { BehaviorSubject, delay, of, Subject, throwError, timer, type Observable, VirtualTimeScheduler, NEVER } from 'rxjs';
import {
  EVENT_COLLECTOR,
  injectEventCollector,
  injectEvents,
  injectStats,
  injectTrack,
  provideEventCollector,
  provideTestCollector,
  TEST_COLLECTOR,
  UNTIMED,
  withConsent,
  withErrorHandler,
  withHttpTiming,
  withPageLifecycle,
  withSinks,
} from '../../lib/angular/index.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { EventCollector } from '../../lib/collector/event-collector.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';

console.log(typeof createEnvironmentInjector);
const injector = createEnvironmentInjector([provideEventCollector({ sinks: [new MemorySink()] })], Injector.create({providers: [{provide: NgZone, useValue: {runOutsideAngular: (f: () => unknown) => f()}}]}) as EnvironmentInjector);
const c = injector.get(EVENT_COLLECTOR);
console.log(c.track('feature_used'));
