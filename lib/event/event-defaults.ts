import { oneOf } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { EVENT_CATEGORIES } from './categories.js';
import type { EventDefaults } from './event.js';
import { EVENT_PRIORITIES } from './priority.js';

const DEFAULTS = /* @__PURE__ */ optionsOf<EventDefaults, keyof EventDefaults>(() => ({
  category: [oneOf(EVENT_CATEGORIES)],
  priority: [oneOf(EVENT_PRIORITIES)],
}));

/**
 * The defaults of each type, in a Map, because a type may have any name.
 *
 * @throws TypeError for an invalid category or priority
 */
export function eventDefaults(byType: Readonly<Record<string, EventDefaults>> = {}): ReadonlyMap<string, EventDefaults> | undefined {
  const entries = Object.entries(byType);
  for (const [type, defaults] of entries) DEFAULTS.parse(defaults, { path: `eventDefaults.${type}` });
  return entries.length === 0 ? undefined : new Map(entries);
}
