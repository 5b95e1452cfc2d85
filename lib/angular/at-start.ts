import { inject, provideEnvironmentInitializer, type InjectionToken } from '@angular/core';
import type { EventCollectorFeature } from './event-collector-feature.js';

/**
 * A feature that runs `work` when the application starts, in its injection context.
 *
 * The token makes it run once per injector, however often the feature is passed there; the last one's options apply.
 */
export function atStart<T>(token: InjectionToken<T>, work: () => T): EventCollectorFeature {
  return { providers: [{ provide: token, useFactory: work }, provideEnvironmentInitializer(() => inject(token))] };
}
