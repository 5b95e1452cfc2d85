import { InjectionToken } from '@angular/core';
import type { Observable } from 'rxjs';
import type { CollectorFeature } from '../collector/collector-context.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { ConsentState } from '../consent/consent-gate.js';

/** The consent of Angular's `withConsent`. */
export interface FeatureConsent {
  readonly consent$: Observable<ConsentState>;
  /** Reads the signal before an event is collected: its effect runs later. */
  readonly read: (() => void) | undefined;
  /** The core's `withConsent`, passed from here so that only applications that use Angular's `withConsent` bundle it. */
  readonly feature: <E extends AnalyticsEvent>() => CollectorFeature<void, E>;
}

export const FEATURE_CONSENT = /* @__PURE__ */ new InjectionToken<FeatureConsent>('rx-event-collector consent');
