import { DestroyRef, effect, inject, isSignal, untracked, type Signal } from '@angular/core';
import { BehaviorSubject, distinctUntilChanged, isObservable, type Observable } from 'rxjs';
import { tryGet } from '../internal/try-get.js';
import { checkArgument, isFunction, type Expectation } from '../internal/check-option.js';
import type { ConsentState } from '../consent/consent-gate.js';
import { FEATURE_CONSENT, type EventCollectorFeature, type FeatureConsent } from './event-collector-feature.js';

const A_SOURCE: Expectation = { expected: 'a signal or an Observable', accepts: (value) => isSignal(value) || isObservable(value) };
const A_SOURCE_OR_FUNCTION: Expectation = {
  expected: 'a signal, an Observable, or a function that gives either',
  accepts: (value) => isFunction(value) || isObservable(value),
};

/**
 * Has events wait for consent: held while it is unknown, released when it is granted, purged when it is denied.
 *
 * What a signal says holds from the next event on; what is held and queued follows with the effects of the same change. One that throws, as `toSignal`
 * does for a failed request, leaves consent unknown, and its error is the `ErrorHandler`'s.
 *
 * @param consent a signal, an Observable, or a function that gives either, called in the injection context
 * @throws TypeError for anything else; when the collector is first injected, if a function gives it
 */
export function withConsent(
  consent: Signal<ConsentState> | Observable<ConsentState> | (() => Signal<ConsentState> | Observable<ConsentState>),
): EventCollectorFeature {
  checkArgument('consent', consent, A_SOURCE_OR_FUNCTION);
  const useFactory = (): FeatureConsent => {
    const source = typeof consent === 'function' && !isSignal(consent) ? consent() : consent;
    // Without one, events would need no consent.
    checkArgument('consent', source, A_SOURCE);
    return isSignal(source) ? consentOf(source) : { consent$: source, readNow: () => undefined };
  };
  return { providers: [{ provide: FEATURE_CONSENT, useFactory }] };
}

function consentOf(signal: Signal<ConsentState>): FeatureConsent {
  const read = (): ConsentState => tryGet(() => untracked(signal)) ?? 'unknown';
  const consent$ = new BehaviorSubject(read());
  const readNow = (): void => {
    consent$.next(read());
  };
  effect(() => {
    try {
      signal();
    } finally {
      untracked(readNow);
    }
  });
  inject(DestroyRef).onDestroy(() => {
    consent$.complete();
  });
  return { consent$: consent$.pipe(distinctUntilChanged()), readNow };
}
