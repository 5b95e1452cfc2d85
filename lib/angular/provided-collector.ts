import { DestroyRef, inject, InjectionToken, NgZone } from '@angular/core';
import type { CollectorFeature } from '../collector/collector-context.js';
import type { Collector } from '../collector/collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { anObject, checkArgument, isFunction, isObject, type Expectation } from '../internal/check-option.js';
import type { EventSink } from '../sink/sink.js';
import type { ProvidedFeature } from './event-collector-feature.js';
import { FEATURE_CONSENT, type FeatureConsent } from './feature-consent.js';
import { outsideOf } from './outside.js';
import { createOutsideZone } from './outside-zone.js';
import { OWN_WORK } from './own-work.js';

/** Destroyed with the application. Angular then destroys the root injector only: the injector of a lazy route outlives the application. */
const APPLICATION_END = /* @__PURE__ */ new InjectionToken<DestroyRef>('rx-event-collector application end', {
  providedIn: 'root',
  factory: () => inject(DestroyRef),
});

export const OPTIONS_OR_FUNCTION: Expectation = {
  expected: 'an object or a function',
  accepts: (value) => isFunction(value) || isObject(value),
};

/** The options that this module reads. */
interface SinkOptions<E> {
  readonly sinks?: readonly EventSink<E>[] | undefined;
}

/** Creates a collector that is shut down with its injector, or with the application. Call it in an injection context. */
export function providedCollector<E extends AnalyticsEvent, O extends SinkOptions<E>, C extends Collector<E>>(
  options: O | (() => O),
  features: readonly ProvidedFeature<E>[],
  create: (options: O, features: readonly CollectorFeature<unknown, E>[], consent: FeatureConsent | undefined) => C,
): C {
  const given = typeof options === 'function' ? options() : options;
  checkArgument('options', given, anObject);
  const consent = inject(FEATURE_CONSENT, { optional: true, self: true }) ?? undefined;
  const ofCore: CollectorFeature<unknown, E>[] = [];
  const lists: (readonly EventSink<E>[])[] = [];
  for (const feature of features) {
    if (typeof feature === 'function') ofCore.push(feature);
    else if (feature.sinks !== undefined) lists.push(feature.sinks());
  }
  // Without `withSinks`, the options decide whether there are sinks at all.
  const sinks = lists.length === 0 ? given.sinks : [...(given.sinks ?? []), ...lists.flat()];
  const zone = { outside: outsideOf(inject(NgZone)), ownWork: inject(OWN_WORK), beforeCollect: consent?.read };
  const collector = createOutsideZone<E, C>(zone, (outsideZone) => create({ ...given, sinks }, [outsideZone, ...ofCore], consent));
  const forget = inject(APPLICATION_END).onDestroy(() => void collector.shutdown());
  inject(DestroyRef).onDestroy(() => {
    forget();
    void collector.shutdown();
  });
  return collector;
}
