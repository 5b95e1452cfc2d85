import { inject, makeEnvironmentProviders, type EnvironmentProviders } from '@angular/core';
import type { CollectorOptions } from '../collector/collector-options.js';
import { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { checkArgument } from '../internal/check-option.js';
import { COLLECTOR } from './collector-token.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import { providersOf, type ProvidedFeature } from './event-collector-feature.js';
import { OWN_WORK_PROVIDER } from './own-work.js';
import { OPTIONS_OR_FUNCTION, providedCollector } from './provided-collector.js';

/**
 * Provides an application with an `EventCollector`. For a smaller bundle see `provideCollector`.
 *
 * It is created when it is first injected, and shut down with its injector: in a browser with the application, in server-side rendering with the
 * request. Nothing waits for the shutdown, which may take 30 seconds. Timers, deliveries and subscribers run outside Angular's zone: they cause
 * no change detection, and the application is stable while events are pending. Sinks that use `HttpClient` are the exception, see `withSinks`.
 *
 * If it is provided twice, as by `mergeApplicationConfig` for a server, the last one's options and sinks apply. Of the first one's features, those
 * that observe the router, errors, requests or the page stay active, and so does Angular's `withConsent`.
 *
 * @param options of `EventCollector`. A function is called in the injection context, once per application. Pass sinks by a function: on a server,
 * requests would otherwise share them, and the first to end would close them
 * @param features of this entry, and of `createCollector`, which are added to those that `EventCollector` has. Features that observe the router,
 * errors or the page create the collector before the application's initializers run; passed twice, they work once
 * @throws TypeError for an invalid option or feature; what `new EventCollector` throws is thrown by the first injection
 */
export function provideEventCollector<E extends AnalyticsEvent = AnalyticsEvent>(
  options: CollectorOptions<E> | (() => CollectorOptions<E>) = {},
  ...features: readonly ProvidedFeature<E>[]
): EnvironmentProviders {
  checkArgument('options', options, OPTIONS_OR_FUNCTION);
  return makeEnvironmentProviders([
    OWN_WORK_PROVIDER,
    { provide: EVENT_COLLECTOR, useFactory: () => createEventCollector(options, features) },
    { provide: COLLECTOR, useFactory: () => inject(EVENT_COLLECTOR) },
    ...providersOf(features),
  ]);
}

/** Call it in an injection context. */
export function createEventCollector<E extends AnalyticsEvent>(
  options: CollectorOptions<E> | (() => CollectorOptions<E>),
  features: readonly ProvidedFeature<E>[],
): EventCollector<E> {
  return providedCollector<E, CollectorOptions<E>, EventCollector<E>>(
    options,
    features,
    (given, ofCore, consent) => new EventCollector<E>({ ...given, consent$: consent?.consent$ ?? given.consent$ }, ...ofCore),
  );
}
