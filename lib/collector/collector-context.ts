import type { SchedulerLike } from 'rxjs';
import type { AnalyticsEvent } from '../event/event.js';
import type { StartStep } from '../operators/step.js';
import type { Collector } from './collector.js';
import type { StepPlace } from './event-processor.js';
import type { Kernel } from './kernel.js';

/** What a feature may use of the collector that it is fitted into. */
export interface CollectorContext<E extends AnalyticsEvent = AnalyticsEvent> {
  /** Clock and timers. Work that it runs takes its turn with everything else that the collector does. */
  readonly scheduler: SchedulerLike;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Ids of events and batches. */
  readonly newId: () => string;
  /**
   * Adds a step to the path of an event. The places run in the order validate, admit, (consent,) sample, enrich, redact, measure, whatever the
   * order of the features; steps of one place run in the order in which they were added.
   */
  addStep(place: StepPlace, start: StartStep<E>): void;
  /** Calls back when the collector is complete: sinks are registered, and events can be collected. */
  onStart(callback: (collector: Collector<E>) => void): void;
  /** Calls back once, at the end of `shutdown`, to release what the feature holds. */
  onComplete(callback: () => void): void;
}

/**
 * A capability of a collector. It is called once, before the collector starts; it fills its place on an event's path, and may return members
 * that are added to the collector. Members are copied: return methods or accessors for a state that changes.
 *
 * @example
 * // Drops events of a type while it is switched off.
 * const withSwitch = (type: string): CollectorFeature<{ switchTo(isOn: boolean): void }> => {
 *   return (context) => {
 *     let isOn = true;
 *     context.addStep('admit', ({ reject }) => (event) => {
 *       if (isOn || event.type !== type) return event;
 *       reject(event, 'filtered');
 *       return undefined;
 *     });
 *     return { switchTo: (value) => void (isOn = value) };
 *   };
 * };
 * const sink = new MemorySink();
 * const collector = createCollector({ sinks: [sink] }, withSwitch('cache_hit'));
 * collector.switchTo(false);
 * expect(collector.collect({ type: 'cache_hit' })).to.equal('filtered');
 * expect(collector.collect({ type: 'cache_miss' })).to.equal('accepted');
 */
export type CollectorFeature<Members = unknown, E extends AnalyticsEvent = AnalyticsEvent> = (context: CollectorContext<E>) => Members;

/** A feature of the library's own: it may use all of the kernel. */
export const kernelFeature = <Members, E extends AnalyticsEvent>(install: (kernel: Kernel<E>) => Members): CollectorFeature<Members, E> =>
  install as CollectorFeature<Members, E>;
