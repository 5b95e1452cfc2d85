import { inject, InjectionToken, makeEnvironmentProviders, type EnvironmentProviders } from '@angular/core';
import { VirtualTimeScheduler } from 'rxjs';
import type { CollectorOptions } from '../collector/collector-options.js';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { aNumber, anObject, checkArgument } from '../internal/check-option.js';
import { runUntil } from '../internal/run-until.js';
import { MemorySink } from '../sinks/memory-sink.js';
import { createCollector } from './create-collector.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import { OWN_WORK_PROVIDER, providersOf, type EventCollectorFeature } from './event-collector-feature.js';

/** What a test has in hand. */
export interface TestCollectorHandle {
  readonly collector: EventCollector;
  /** Keeps every batch that the collector delivers. */
  readonly sink: MemorySink;
  /** Lets that many milliseconds pass for the collector, and everything happen that falls into them. */
  readonly advance: (ms: number) => void;
}

/** `TestBed.inject(TEST_COLLECTOR)`, where `provideTestCollector` is. */
export const TEST_COLLECTOR = new InjectionToken<TestCollectorHandle>('rx-event-collector test');

/**
 * Provides a test with a collector in virtual time that delivers to memory, and to nowhere else.
 *
 * It takes the place of a `provideEventCollector` that stands before it, whose features stay: but for sinks, which are not even made.
 *
 * @param options as of `EventCollector`, but for sinks and the scheduler
 * @throws TypeError for options or features that are none; `advance`, for what is no time
 */
export function provideTestCollector<E extends AnalyticsEvent = AnalyticsEvent>(
  options: Omit<CollectorOptions<E>, 'sinks' | 'scheduler'> = {},
  ...features: readonly EventCollectorFeature[]
): EnvironmentProviders {
  checkArgument('options', options, anObject);
  const createHandle = (): TestCollectorHandle => {
    const scheduler = new VirtualTimeScheduler();
    const sink = new MemorySink<E>();
    const collector = createCollector<E>({ ...options, sinks: [sink], scheduler });
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
    ...providersOf(features),
  ]);
}
