import { ConfigError, type ConfigFault } from '../errors/config-error.js';
import { categoryOf, EVENT_CATEGORIES } from '../event/categories.js';
import type { EventCategory } from '../event/event.js';
import { EVENT_PRIORITIES } from '../event/priority.js';
import { aBoolean, aDelay, aNumber, anInteger, anObject, isObject, oneOf } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { mergeDeep } from './merge-deep.js';
import {
  categoryDefaults,
  DEFAULTS,
  type BatchConfig,
  type CategoryConfig,
  type CollectorConfig,
  type ConfigPatch,
  type QueueConfig,
  type SamplingConfig,
} from './options.js';

/**
 * Returns a complete configuration, frozen at every level: the patch, and defaults for everything else.
 *
 * It contains all seven categories. If a category sets only part of `sampling`, the rest is inherited from the configuration's `sampling` or the
 * category's default; for an override, from the category of its type.
 *
 * @throws ConfigError with every fault, unknown options included
 * @example
 * const { batch, categories } = resolveConfig({ batch: { maxCount: 50 }, sampling: { rate: 0.5 } });
 * expect(batch).to.deep.equal({ maxCount: 50, maxBytes: Infinity, maxAgeMs: 30_000 });
 * expect([categories.usage?.sampling.rate, categories.error?.sampling.rate]).to.deep.equal([0.5, 1]);
 */
export function resolveConfig(patch: ConfigPatch = {}): CollectorConfig {
  const faults: ConfigFault[] = [];
  const messages: string[] = [];
  const onFault = (fault: ConfigFault, message: string): void => {
    faults.push(fault);
    messages.push(fault.path === '' ? message.replace('`options`', 'the configuration') : message);
  };

  const root = ROOT.parse(mergePatch({}, patch), { base: DEFAULTS, onFault });
  const standard = byCategory((category) => categoryDefaults(category, root.sampling));
  const categories = CATEGORIES.parse(root.categories, { base: standard, path: 'categories', onFault });
  const overrides = Object.entries(root.overrides).map(([type, override]) => {
    const filled = POLICY.parse(override, { base: categories[categoryOf(type)], path: `overrides.${type}`, onFault });
    const given = Object.entries(filled).filter(([key]) => isObject(override) && override[key] !== undefined);
    return [type, Object.freeze(Object.fromEntries(given))] as const;
  });
  if (faults.length > 0) throw new ConfigError(faults, messages.join('\n'));
  // `fromEntries` makes '__proto__', which may be an event type, an ordinary key.
  return Object.freeze({ ...root, categories, overrides: Object.freeze(Object.fromEntries(overrides)) });
}

/** `base` with `patch` merged in at every level; `undefined` removes a key, so that its default applies again. Neither is changed. */
export function mergePatch(base: ConfigPatch, patch: ConfigPatch = {}): ConfigPatch {
  return mergeDeep(base, patch) as ConfigPatch;
}

const byCategory = <T>(valueOf: (category: EventCategory) => T): Readonly<Record<EventCategory, T>> =>
  Object.freeze(Object.fromEntries(EVENT_CATEGORIES.map((category) => [category, valueOf(category)])) as Record<EventCategory, T>);

const SAMPLING = /* @__PURE__ */ optionsOf<SamplingConfig>(() => ({
  rate: aNumber(0, 1),
  minPerWindow: anInteger(0),
  windowMs: aNumber(1),
}));
const POLICY = /* @__PURE__ */ optionsOf<CategoryConfig>(() => ({
  enabled: aBoolean,
  sampling: SAMPLING,
  minPriority: oneOf(EVENT_PRIORITIES),
}));
const CATEGORIES = /* @__PURE__ */ optionsOf<Record<EventCategory, CategoryConfig>>(() => byCategory(() => POLICY));
/** `categories` and `overrides` are checked once `sampling` is known. */
const ROOT = /* @__PURE__ */ optionsOf<CollectorConfig>(() => ({
  enabled: aBoolean,
  privacyLevel: oneOf(['off', 'minimal', 'balanced', 'full']),
  sampling: SAMPLING,
  batch: optionsOf<BatchConfig>(() => ({ maxCount: anInteger(1), maxBytes: anInteger('[]'.length, true), maxAgeMs: aDelay() })),
  queue: optionsOf<QueueConfig>(() => ({ maxEvents: anInteger(1) })),
  categories: [anObject, {}],
  overrides: [anObject, {}],
}));
