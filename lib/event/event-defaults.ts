import { oneOf } from '../internal/check-option.js';
import { fillIn, type Shape } from '../internal/fill-in.js';
import { EVENT_CATEGORIES } from './categories.js';
import type { EventDefaults } from './event.js';
import { EVENT_PRIORITIES } from './priority.js';

const DEFAULTS: Shape = { category: oneOf(EVENT_CATEGORIES), priority: oneOf(EVENT_PRIORITIES) };

/**
 * The defaults of each type, found by any name that a type may have.
 *
 * @throws TypeError for a category or priority that is none
 */
export function eventDefaults(byType: Readonly<Record<string, EventDefaults>> = {}): ReadonlyMap<string, EventDefaults> | undefined {
  const entries = Object.entries(byType);
  for (const [type, defaults] of entries) fillIn(DEFAULTS, defaults, {}, undefined, `eventDefaults.${type}`);
  return entries.length === 0 ? undefined : new Map(entries);
}
