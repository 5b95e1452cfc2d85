import { DestroyRef, effect, inject, isSignal, untracked, type Signal } from '@angular/core';
import { BehaviorSubject, distinctUntilChanged, type Observable } from 'rxjs';
import type { ConsentState } from '../internal/consent-gate.js';
import { FEATURE_CONSENT, type EventCollectorFeature, type FeatureConsent } from './event-collector-feature.js';

/**
 * Has events wait for consent: held while it is unknown, released when it is granted, purged when it is denied.
 *
 * What a signal says holds from the next event on; what is held and queued follows with the effects of the same change.
 *
 * @param consent a signal, an Observable, or a function that gives either, called in the injection context
 */
export function withConsent(
  consent: Signal<ConsentState> | Observable<ConsentState> | (() => Signal<ConsentState> | Observable<ConsentState>),
): EventCollectorFeature {
  const useFactory = (): FeatureConsent => {
    const source = typeof consent === 'function' && !isSignal(consent) ? consent() : consent;
    return isSignal(source) ? consentOf(source) : { consent$: source, heed: () => undefined };
  };
  return { providers: [{ provide: FEATURE_CONSENT, useFactory }] };
}

function consentOf(signal: Signal<ConsentState>): FeatureConsent {
  const consent$ = new BehaviorSubject(untracked(signal));
  const heed = (): void => {
    consent$.next(untracked(signal));
  };
  effect(() => {
    signal();
    untracked(heed);
  });
  inject(DestroyRef).onDestroy(() => {
    consent$.complete();
  });
  return { consent$: consent$.pipe(distinctUntilChanged()), heed };
}
