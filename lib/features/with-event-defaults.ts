import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import { eventDefaults } from '../event/event-defaults.js';
import type { AnalyticsEvent, EventDefaults } from '../event/event.js';
import { fillOnce } from './fill-once.js';

/**
 * Sets the category and priority of events that have none, by type. Policy and sampling use them. A tracking plan's `options` contain them.
 *
 * @throws TypeError for an invalid category or priority
 */
export function withEventDefaults<E extends AnalyticsEvent = AnalyticsEvent>(
  byType: Readonly<Record<string, EventDefaults>>,
): CollectorFeature<void, E> {
  const defaults = eventDefaults(byType);
  return kernelFeature((kernel) => {
    fillOnce(kernel.processor.defaults !== undefined, 'withEventDefaults');
    kernel.processor.defaults = defaults;
  });
}
