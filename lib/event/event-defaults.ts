import { checkOption, oneOf } from '../internal/check-option.js';
import { EVENT_CATEGORIES } from './categories.js';
import type { EventDefaults } from './event.js';
import { EVENT_PRIORITIES } from './priority.js';

/**
 * The defaults of each type, found by any name that a type may have.
 *
 * @throws TypeError for a category or priority that is none
 */
export function eventDefaults(byType: Readonly<Record<string, EventDefaults>> = {}): ReadonlyMap<string, EventDefaults> | undefined {
  const entries = Object.entries(byType);
  for (const [type, { category, priority }] of entries) {
    if (category !== undefined) checkOption(`eventDefaults.${type}.category`, category, oneOf(EVENT_CATEGORIES));
    if (priority !== undefined) checkOption(`eventDefaults.${type}.priority`, priority, oneOf(EVENT_PRIORITIES));
  }
  return entries.length === 0 ? undefined : new Map(entries);
}
