import { inject, InjectionToken, makeEnvironmentProviders, type EnvironmentProviders } from '@angular/core';
import { VirtualTimeScheduler } from 'rxjs';
import type { CollectorOptions } from '../collector/collector-options.js';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { aNumber, anObject, checkArgument } from '../internal/check-option.js';
import { runUntil } from '../internal/run-until.js';
import { MemorySink } from '../sinks/memory-sink.js';
import { COLLECTOR } from './collector-token.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import { providersOf, type ProvidedFeature } from './event-collector-feature.js';
import { OWN_WORK_PROVIDER } from './own-work.js';
import { createEventCollector } from './provide-event-collector.js';

/** The collector of a test, with its sink and its clock. */
export interface TestCollectorHandle {
  readonly collector: EventCollector;
  /** Keeps every batch that the collector delivers. */
  readonly sink: MemorySink;
  /** Advances the collector's clock by `ms` milliseconds, and runs everything that is due. */
  readonly advance: (ms: number) => void;
}

/** Use `TestBed.inject(TEST_COLLECTOR)` with `provideTestCollector`. */
export const TEST_COLLECTOR = /* @__PURE__ */ new InjectionToken<TestCollectorHandle>('rx-event-collector test');

/**
 * Provides a test with a collector in virtual time that delivers to memory only.
 *
 * It replaces the collector of an earlier `provideCollector` or `provideEventCollector`. The features of this entry that were passed there stay
 * active, except sinks, which are not created; options and features of `createCollector` are not inherited.
 *
 * @param options of `EventCollector`, except sinks and the scheduler
 * @throws TypeError for an invalid option or feature; `advance` for an invalid time
 */
export function provideTestCollector<E extends AnalyticsEvent = AnalyticsEvent>(
  options: Omit<CollectorOptions<E>, 'sinks' | 'scheduler'> = {},
  ...features: readonly ProvidedFeature<E>[]
): EnvironmentProviders {
  checkArgument('options', options, anObject);
  const createHandle = (): TestCollectorHandle => {
    const scheduler = new VirtualTimeScheduler();
    const sink = new MemorySink<E>();
    const ofCore = features.filter((feature) => typeof feature === 'function');
    const collector = createEventCollector<E>({ ...options, sinks: [sink], scheduler }, ofCore);
    const advance = (ms: number): void => {
      checkArgument('ms', ms, aNumber(0));
      runUntil(scheduler, scheduler.now() + ms);
    };
    return { collector, sink, advance } as unknown as TestCollectorHandle;
  };
  return makeEnvironmentProviders([
    OWN_WORK_PROVIDER,
    { provide: TEST_COLLECTOR, useFactory: createHandle },
    { provide: EVENT_COLLECTOR, useFactory: () => inject(TEST_COLLECTOR).collector },
    { provide: COLLECTOR, useFactory: () => inject(EVENT_COLLECTOR) },
    ...providersOf(features),
  ]);
}
