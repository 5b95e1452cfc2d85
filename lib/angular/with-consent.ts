import { DestroyRef, effect, inject, isSignal, untracked, type Signal } from '@angular/core';
import { BehaviorSubject, distinctUntilChanged, isObservable, type Observable } from 'rxjs';
import type { ConsentState } from '../consent/consent-gate.js';
import { withConsent as consentFeature } from '../features/with-consent.js';
import { checkArgument, isFunction, type Expectation } from '../internal/check-option.js';
import { tryGet } from '../internal/try-get.js';
import type { EventCollectorFeature } from './event-collector-feature.js';
import { FEATURE_CONSENT, type FeatureConsent } from './feature-consent.js';

const A_SOURCE: Expectation = { expected: 'a signal or an Observable', accepts: (value) => isSignal(value) || isObservable(value) };
const A_SOURCE_OR_FUNCTION: Expectation = {
  expected: 'a signal, an Observable, or a function that returns one of them',
  accepts: (value) => isFunction(value) || isObservable(value),
};

/**
 * Collects with the user's consent only: holds events while it is unknown, releases them when it is granted, drops them when it is denied.
 *
 * The core has a `withConsent` for Observables. This one accepts them, too, and signals. A signal's value applies from the next event on; held and
 * queued events follow when the effects of the change run. A signal that throws, as `toSignal` does after a failed request, means that consent is
 * unknown; its error is reported to the `ErrorHandler`.
 *
 * @param consent a signal, an Observable, or a function that returns one of them, called in the injection context
 * @throws TypeError for anything else; for a function's result, when the collector is first injected
 */
export function withConsent(
  consent: Signal<ConsentState> | Observable<ConsentState> | (() => Signal<ConsentState> | Observable<ConsentState>),
): EventCollectorFeature {
  checkArgument('consent', consent, A_SOURCE_OR_FUNCTION);
  const useFactory = (): FeatureConsent => {
    const source = typeof consent === 'function' && !isSignal(consent) ? consent() : consent;
    // `undefined` would mean that no consent is needed.
    checkArgument('consent', source, A_SOURCE);
    const { consent$, read } = isSignal(source) ? consentOf(source) : { consent$: source, read: undefined };
    return { consent$, read, feature: () => consentFeature(consent$) };
  };
  return { providers: [{ provide: FEATURE_CONSENT, useFactory }] };
}

function consentOf(signal: Signal<ConsentState>): Pick<FeatureConsent, 'consent$' | 'read'> {
  const valueOf = (): ConsentState => tryGet(() => untracked(signal)) ?? 'unknown';
  const consent$ = new BehaviorSubject(valueOf());
  const read = (): void => {
    consent$.next(valueOf());
  };
  effect(() => {
    try {
      signal();
    } finally {
      untracked(read);
    }
  });
  inject(DestroyRef).onDestroy(() => {
    consent$.complete();
  });
  return { consent$: consent$.pipe(distinctUntilChanged()), read };
}
