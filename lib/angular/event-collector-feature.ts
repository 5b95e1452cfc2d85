import type { EnvironmentProviders, Provider } from '@angular/core';
import type { CollectorFeature } from '../collector/collector-context.js';
import type { AnalyticsEvent } from '../event/event.js';
import { checkArgument, isFunction, isObject, type Expectation } from '../internal/check-option.js';
import type { EventSink } from '../sink/sink.js';

/** A feature with access to Angular's dependency injection. The `with…` functions of this entry return one. */
export interface EventCollectorFeature {
  readonly providers: readonly (Provider | EnvironmentProviders)[];
  /** Returns sinks for the collector that the feature is passed to. A collector that replaces it doesn't get them. */
  readonly sinks?: () => readonly EventSink[];
}

/**
 * What `provideCollector` and `provideEventCollector` accept: a feature of this entry, or one of `createCollector`. The latter is called in the
 * injection context.
 */
export type ProvidedFeature<E extends AnalyticsEvent = AnalyticsEvent> = EventCollectorFeature | CollectorFeature<unknown, E>;

/** @throws TypeError for an invalid feature */
export function providersOf<E extends AnalyticsEvent>(features: readonly ProvidedFeature<E>[]): (Provider | EnvironmentProviders)[] {
  return features.flatMap((feature, index) => {
    checkArgument(`features[${String(index)}]`, feature, A_FEATURE);
    return typeof feature === 'function' ? [] : feature.providers;
  });
}

const A_FEATURE: Expectation = {
  expected: 'a feature, such as `withSinks(…)`',
  accepts: (value) => isFunction(value) || (isObject(value) && Array.isArray(value['providers'])),
};
