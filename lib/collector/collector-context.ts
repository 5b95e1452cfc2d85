import type { Observable, SchedulerLike, Subscription } from 'rxjs';
import type { AnalyticsEvent, EventBatch, EventInput } from '../event/event.js';
import type { Delivery } from '../lane/delivery.js';
import type { CollectorStats, CollectOutcome } from '../ledger/ledger.js';
import type { StartStep } from '../operators/step.js';
import type { StepPlace } from './event-processor.js';
import type { FlushReport } from './flush-report.js';

/** The collector's interface for features. */
export interface RunningCollector<E extends AnalyticsEvent = AnalyticsEvent> {
  readonly events$: Observable<E>;
  readonly batches$: Observable<EventBatch<E>>;
  readonly deliveries$: Observable<Delivery<E>>;
  collect(event: EventInput<E>): CollectOutcome;
  stats(): CollectorStats;
  pause(): Subscription;
  retryNow(): void;
  flush(): Promise<FlushReport>;
}

/** The parts of a collector that a feature may use. */
export interface CollectorContext<E extends AnalyticsEvent = AnalyticsEvent> {
  /** Clock and timers. Scheduled work runs as a turn of the collector's trampoline, never inside another turn. */
  readonly scheduler: SchedulerLike;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Ids of events and batches. */
  readonly newId: () => string;
  /**
   * Adds a step to the path of an event. The places run in the order validate, admit, (consent,) sample, enrich, redact, measure, regardless of the
   * order of the features; steps of one place run in the order in which they were added.
   */
  addStep(place: StepPlace, start: StartStep<E>): void;
  /** Calls back when the collector is complete: sinks are registered, and events can be collected. */
  onStart(callback: (collector: RunningCollector<E>) => void): void;
  /** Calls back once, at the end of `shutdown`, to release the feature's resources. */
  onComplete(callback: () => void): void;
}

/**
 * A capability of a collector. It is called once, before the collector starts; it can add steps to an event's path, and return members that are added
 * to the collector.
 *
 * @example
 * // Drops events of a type while a switch is off.
 * const withSwitch =
 *   (type: string): CollectorFeature<{ setSwitch(isOn: boolean): void }> =>
 *   (context) => {
 *     let isOn = true;
 *     context.addStep('admit', ({ reject }) => (event) => {
 *       if (isOn || event.type !== type) return event;
 *       reject(event, 'filtered');
 *       return undefined;
 *     });
 *     return { setSwitch: (next) => void (isOn = next) };
 *   };
 * const collector = createCollector({ sinks: [new MemorySink()] }, withSwitch('cache_hit'));
 * collector.setSwitch(false);
 * expect(collector.collect({ type: 'cache_hit' })).to.equal('filtered');
 * expect(collector.collect({ type: 'cache_miss' })).to.equal('accepted');
 */
export type CollectorFeature<Members = unknown, E extends AnalyticsEvent = AnalyticsEvent> = (context: CollectorContext<E>) => Members;
