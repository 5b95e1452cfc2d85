import { inject, provideEnvironmentInitializer, type InjectionToken } from '@angular/core';
import type { EventCollectorFeature } from './event-collector-feature.js';

/**
 * A feature that is some work for the start of an application, in its injection context.
 *
 * The token sees to it that the work is done once in an injector, however often the feature is given there; the last one's options hold.
 */
export function atStart(token: InjectionToken<void>, work: () => void): EventCollectorFeature {
  return { providers: [{ provide: token, useFactory: work }, provideEnvironmentInitializer(() => inject(token))] };
}
