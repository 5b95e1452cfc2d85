import type { EventCategory } from '../event/event.js';
import type { CollectorConfig } from './options.js';
import { permits, policyTable } from './policy.js';

/** The setting that excludes events, in the order of precedence. */
export type DeniedBy = 'enabled' | 'privacyLevel' | 'override' | 'category';

/** Why events of a type and category are not collected, regardless of their priority; `undefined` if they are. */
export function deniedBy(config: CollectorConfig, type: string, category: EventCategory): DeniedBy | undefined {
  if (policyTable(config)(type, category).enabled) return undefined;
  if (!config.enabled) return 'enabled';
  if (!permits(config.privacyLevel, category)) return 'privacyLevel';
  // A Map, because an event may have the type 'constructor'.
  return new Map(Object.entries(config.overrides)).get(type)?.enabled === false ? 'override' : 'category';
}
