import { makeEnvironmentProviders, type EnvironmentProviders } from '@angular/core';
import { createCollector, type Collector, type CreateCollectorOptions } from '../collector/collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { checkArgument } from '../internal/check-option.js';
import { COLLECTOR } from './collector-token.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import { providersOf, type ProvidedFeature } from './event-collector-feature.js';
import { OWN_WORK_PROVIDER } from './own-work.js';
import { OPTIONS_OR_FUNCTION, providedCollector } from './provided-collector.js';

/**
 * Provides an application with a collector that has the features it is passed, and nothing else: `createCollector` for Angular.
 *
 * ```ts
 * provideCollector({}, withSinks(() => [postSink({ url: '/events', send: pageSend() })]), withRouterEvents(), withRedaction(defaultRedaction()));
 * ```
 *
 * As with `provideEventCollector`, the collector is created when it is first injected, shut down with its injector, and runs outside Angular's zone.
 * `injectCollector`, `injectTrack` and `injectEvents` return it, and `injectStats` its ledger if it has `withStats()`. There is one collector per
 * injector: injecting `EVENT_COLLECTOR` throws.
 *
 * Import `withConsent` and `withPageLifecycle` from this entry, not from `rx-event-collector` and `rx-event-collector/browser`: these end with the
 * application, and this `withConsent` also accepts signals.
 *
 * @param options of `createCollector`. A function is called in the injection context, once per application
 * @param features of this entry, and of `createCollector`; those are called in the injection context
 * @throws TypeError for an invalid option or feature; what `createCollector` throws is thrown by the first injection
 */
export function provideCollector<E extends AnalyticsEvent = AnalyticsEvent>(
  options: CreateCollectorOptions<E> | (() => CreateCollectorOptions<E>) = {},
  ...features: readonly ProvidedFeature<E>[]
): EnvironmentProviders {
  checkArgument('options', options, OPTIONS_OR_FUNCTION);
  return makeEnvironmentProviders([
    OWN_WORK_PROVIDER,
    {
      provide: COLLECTOR,
      useFactory: () =>
        providedCollector<E, CreateCollectorOptions<E>, Collector<E>>(options, features, (given, ofCore, consent) =>
          createCollector<E>(given, ...ofCore, ...(consent === undefined ? [] : [consent.feature<E>()])),
        ),
    },
    { provide: EVENT_COLLECTOR, useFactory: refuseEventCollector },
    ...providersOf(features),
  ]);
}

function refuseEventCollector(): never {
  throw new Error('`provideCollector` provides no EventCollector: use `injectCollector()`, or `provideEventCollector`');
}
