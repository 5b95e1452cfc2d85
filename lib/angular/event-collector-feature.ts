import { inject, InjectionToken, type EnvironmentProviders, type Provider } from '@angular/core';
import type { Observable } from 'rxjs';
import { checkArgument, isObject, type Expectation } from '../internal/check-option.js';
import type { ConsentState } from '../consent/consent-gate.js';
import type { EventSink } from '../sink/sink.js';

/** What `withX()` adds to `provideEventCollector`. */
export interface EventCollectorFeature {
  readonly providers: readonly (Provider | EnvironmentProviders)[];
  /** Sinks that it brings, for the collector that it is given to, and for none that takes the place of that. */
  readonly sinks?: () => readonly EventSink[];
}

/** @throws TypeError for what is no feature */
export function providersOf(features: readonly EventCollectorFeature[]): (Provider | EnvironmentProviders)[] {
  return features.flatMap((feature, index) => {
    checkArgument(`features[${String(index)}]`, feature, A_FEATURE);
    return feature.providers;
  });
}

const A_FEATURE: Expectation = {
  expected: 'what a feature such as `withSinks` gives',
  accepts: (value) => isObject(value) && Array.isArray(value['providers']),
};

/** Consent that a feature brings. */
export const FEATURE_CONSENT = new InjectionToken<FeatureConsent>('rx-event-collector consent');

export interface FeatureConsent {
  readonly consent$: Observable<ConsentState>;
  /** Called before each event is collected, so that the current consent applies to it. */
  readonly readNow: () => void;
}

/** Whether the collector's own sinks are at work at this moment: what they request is none of the application's doing. */
export const OWN_WORK = new InjectionToken<{ isRunning: boolean }>('rx-event-collector own work');

/** One for the collectors of all parts of an application: any of them may time the client that another's sinks use. */
export const OWN_WORK_PROVIDER: Provider = {
  provide: OWN_WORK,
  useFactory: () => inject(OWN_WORK, { skipSelf: true, optional: true }) ?? { isRunning: false },
};
