import { isObservable } from 'rxjs';
import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import type { Collector } from '../collector/collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { isFunction } from '../internal/check-option.js';
import type { EventSink } from '../sink/sink.js';
import { markSink, type OwnWork } from './own-work.js';
import { subscribeOutside, type Outside } from './outside.js';

export interface OutsideZoneOptions {
  readonly outside: Outside;
  readonly ownWork: OwnWork;
  /** Called before each event. */
  readonly beforeCollect: (() => void) | undefined;
}

/**
 * Creates a collector whose timers, deliveries, callbacks and subscribers run outside Angular's zone. They cause no change detection, don't delay
 * stability, and add no dependency to an effect or computed signal that collects an event.
 *
 * Work starts in two ways, and both leave the zone. Every method of the collector, including those that features add, is wrapped. Consent, timers and
 * sinks' answers run on the trampoline, whose turns are wrapped.
 */
export function createOutsideZone<E extends AnalyticsEvent, C extends Collector<E>>(
  { outside, ownWork, beforeCollect }: OutsideZoneOptions,
  create: (feature: CollectorFeature<unknown, E>) => C,
): C {
  const feature = kernelFeature<void, E>((kernel) => {
    const { trampoline } = kernel;
    const defer = trampoline.defer.bind(trampoline);
    trampoline.defer = (work, depth) => {
      outside(() => {
        defer(work, depth);
      });
    };
    const addSink = kernel.addSink.bind(kernel);
    kernel.addSink = (sink: EventSink<E>, lane) => {
      addSink(markSink(sink, ownWork, outside), lane);
    };
  });
  const collector = outside(() => create(feature));
  enterOutside(collector, outside, beforeCollect);
  return collector;
}

const COLLECTING: readonly PropertyKey[] = ['collect', 'collectAsync'];

/** Replaces each method of the collector by one that runs outside the zone, and each Observable by one that is subscribed to outside it. */
function enterOutside(collector: object, outside: Outside, beforeCollect: (() => void) | undefined): void {
  for (const [key, descriptor] of membersOf(collector)) {
    const { value } = descriptor as { readonly value?: unknown };
    if (isObservable(value)) {
      Object.defineProperty(collector, key, { ...descriptor, value: subscribeOutside(value, outside) });
    } else if (isFunction(value)) {
      const method = value as (...args: unknown[]) => unknown;
      const before = COLLECTING.includes(key) ? beforeCollect : undefined;
      const enter = (...args: unknown[]): unknown =>
        outside(() => {
          before?.();
          return method.apply(collector, args);
        });
      Object.defineProperty(collector, key, { ...descriptor, value: enter });
    }
  }
}

/** Members of the object and its classes that can be replaced on the object; overridden ones once. */
function membersOf(object: object): Map<PropertyKey, PropertyDescriptor> {
  const members = new Map<PropertyKey, PropertyDescriptor>();
  for (let owner = object; owner !== Object.prototype; owner = Object.getPrototypeOf(owner) as object) {
    for (const key of Reflect.ownKeys(owner)) {
      const descriptor = Object.getOwnPropertyDescriptor(owner, key);
      const isReplaceable = owner !== object || descriptor?.configurable === true;
      if (descriptor !== undefined && isReplaceable && key !== 'constructor' && !members.has(key)) members.set(key, descriptor);
    }
  }
  return members;
}
