import { ConfigError, type ConfigFault } from '../errors/config-error.js';
import { categoryOf, EVENT_CATEGORIES } from '../event/categories.js';
import type { EventCategory } from '../event/event.js';
import { EVENT_PRIORITIES } from '../event/priority.js';
import { aBoolean, aDelay, aNumber, anInteger, anObject, formatValue, isObject, oneOf, UNREADABLE } from '../internal/check-option.js';
import { fillIn, type OnFault, type Shape } from '../internal/fill-in.js';
import { mergeDeep } from './merge-deep.js';
import { categoryDefaults, DEFAULTS, type CollectorConfig, type ConfigPatch } from './options.js';

/**
 * A complete configuration, frozen at every level: what the patch holds, and defaults for all else.
 *
 * All seven categories are in it, filled in. A sampling given in part, in a category or an override, takes the rest from what would hold
 * without it; for an override that is the sampling of its type's own category.
 *
 * @throws ConfigError with every fault, unknown keys included: a misspelt option that is passed over would lose or leak events
 * @example
 * const { batch, categories } = resolveConfig({ batch: { maxCount: 50 }, sampling: { rate: 0.5 } });
 * expect(batch).to.deep.equal({ maxCount: 50, maxBytes: Infinity, maxAgeMs: 30_000 });
 * expect([categories.usage?.sampling.rate, categories.error?.sampling.rate]).to.deep.equal([0.5, 1]);
 */
export function resolveConfig(patch: ConfigPatch = {}): CollectorConfig {
  const faults: ConfigFault[] = [];
  const onFault: OnFault = (path, value, { expected }) =>
    faults.push({ path, expected, got: value === UNREADABLE ? 'something that throws when it is read' : formatValue(value) });

  const root = fillIn<CollectorConfig>(ROOT, mergePatch({}, patch), { ...DEFAULTS, categories: {}, overrides: {} }, onFault);
  const standard = byCategory((category) => categoryDefaults(category, root.sampling));
  const categories = fillIn(
    byCategory(() => POLICY),
    root.categories,
    standard,
    onFault,
    'categories',
  );
  const overrides = Object.entries(root.overrides).map(([type, override]) => {
    const filled = fillIn(POLICY, override, categories[categoryOf(type)], onFault, `overrides.${type}`);
    const given = Object.entries(filled).filter(([key]) => isObject(override) && override[key] !== undefined);
    return [type, Object.freeze(Object.fromEntries(given))] as const;
  });
  if (faults.length > 0) throw new ConfigError(faults);
  // An event may be of type '__proto__': this makes it a key like any other.
  return Object.freeze({ ...root, categories, overrides: Object.freeze(Object.fromEntries(overrides)) });
}

/** `base` with `patch` merged in at every level; an `undefined` takes its key out, for the default to hold again. Both are left as they are. */
export function mergePatch(base: ConfigPatch, patch: ConfigPatch = {}): ConfigPatch {
  return mergeDeep(base, patch) as ConfigPatch;
}

const byCategory = <T>(valueOf: (category: EventCategory) => T): Readonly<Record<EventCategory, T>> =>
  Object.freeze(Object.fromEntries(EVENT_CATEGORIES.map((category) => [category, valueOf(category)])) as Record<EventCategory, T>);

const SAMPLING: Shape = { rate: aNumber(0, 1), minPerWindow: anInteger(0), windowMs: aNumber(1) };
const POLICY: Shape = { enabled: aBoolean, sampling: SAMPLING, minPriority: oneOf(EVENT_PRIORITIES) };
/** What is in `categories` and `overrides` is looked at once `sampling` is known. */
const ROOT: Shape = {
  enabled: aBoolean,
  privacyLevel: oneOf(['off', 'minimal', 'balanced', 'full']),
  sampling: SAMPLING,
  batch: { maxCount: anInteger(1), maxBytes: anInteger('[]'.length, true), maxAgeMs: aDelay() },
  queue: { maxEvents: anInteger(1) },
  categories: anObject,
  overrides: anObject,
};
