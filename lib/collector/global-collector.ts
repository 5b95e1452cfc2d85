import type { CollectOutcome } from '../ledger/ledger.js';
import type { CollectorOptions } from './collector-options.js';
import { EventCollector } from './event-collector.js';
import { kernelOf } from './kernel.js';

/** The value of the global symbol: what another copy of the package needs to use this copy's collector. */
interface GlobalSlot {
  readonly collector: EventCollector;
  /** Reports an attempt to replace the collector. */
  readonly onSecondInit: () => void;
}

const KEY = Symbol.for('rx-event-collector/global@1');

type GlobalWithSlot = typeof globalThis & { [KEY]?: GlobalSlot };

/**
 * Creates the collector that `trackEvent` uses everywhere in the process. The first call wins, also across two copies of the package. A later
 * call returns the first collector, which reports it on `diagnostics$`. After its shutdown, another one can be created.
 *
 * Don't use it for server-side rendering: requests must not share a collector.
 *
 * @throws the errors of `new EventCollector`
 */
export function initGlobalCollector(options: CollectorOptions | (() => EventCollector) = {}): EventCollector {
  const scope = globalThis as GlobalWithSlot;
  const existing = scope[KEY];
  if (existing !== undefined) {
    existing.onSecondInit();
    return existing.collector;
  }
  const collector = typeof options === 'function' ? options() : new EventCollector(options);
  // The factory may have created it itself.
  if (scope[KEY] !== undefined) return scope[KEY].collector;
  const slot: GlobalSlot = {
    collector,
    onSecondInit: () => {
      kernelOf(collector)?.recorder.diagnostics?.report({ type: 'global_collector_exists' });
    },
  };
  scope[KEY] = slot;
  collector.batches$.subscribe({
    complete: () => {
      if (scope[KEY] === slot) Reflect.deleteProperty(scope, KEY);
    },
  });
  return collector;
}

/** The global collector, if there is one. */
export function globalCollector(): EventCollector | undefined {
  return (globalThis as GlobalWithSlot)[KEY]?.collector;
}

/** Tracks an event with the global collector. Without a global collector, the event is ignored silently. */
export function trackEvent(type: string, data?: unknown): CollectOutcome | undefined {
  return globalCollector()?.collect({ type, data });
}
