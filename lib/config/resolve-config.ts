import { ConfigError, type ConfigFault } from '../errors/config-error.js';
import { categoryOf, EVENT_CATEGORIES } from '../event/categories.js';
import { EVENT_PRIORITIES } from '../event/priority.js';
import { aBoolean, aDelay, aNumber, anInteger, describe, oneOf, type Expectation } from '../internal/check-option.js';
import { isObject, mergeDeep, UNREADABLE } from './merge-deep.js';
import {
  categoryDefaults,
  DEFAULTS,
  type BatchConfig,
  type CategoryConfig,
  type CollectorConfig,
  type ConfigPatch,
  type OverrideConfig,
  type QueueConfig,
  type SamplingConfig,
} from './options.js';

/**
 * A complete configuration, frozen at every level: what the patch holds, and defaults for all else.
 *
 * All seven categories are in it, filled in. A sampling given in part, in a category or an override, takes the rest from what would hold
 * without it.
 *
 * @throws ConfigError with every fault, unknown keys included: a misspelt option that is passed over would lose or leak events
 * @example
 * const { batch, categories } = resolveConfig({ batch: { maxCount: 50 }, sampling: { rate: 0.5 } });
 * expect(batch).to.deep.equal({ maxCount: 50, maxBytes: Infinity, maxAgeMs: 30_000 });
 * expect([categories.usage?.sampling.rate, categories.error?.sampling.rate]).to.deep.equal([0.5, 1]);
 */
export function resolveConfig(patch: ConfigPatch = {}): CollectorConfig {
  const reader = new ConfigReader();
  const root = reader.section('', mergePatch({}, patch), ROOT_KEYS);
  const sampling = reader.record('sampling', root.sampling, SAMPLING, DEFAULTS.sampling);
  const categories = readCategories(reader, root.categories, sampling);
  const config: CollectorConfig = {
    enabled: reader.value('enabled', root.enabled, aBoolean, DEFAULTS.enabled),
    privacyLevel: reader.value('privacyLevel', root.privacyLevel, PRIVACY_LEVEL, DEFAULTS.privacyLevel),
    batch: reader.record('batch', root.batch, BATCH, DEFAULTS.batch),
    queue: reader.record('queue', root.queue, QUEUE, DEFAULTS.queue),
    sampling,
    categories,
    overrides: readOverrides(reader, root.overrides, categories),
  };
  if (reader.faults.length > 0) throw new ConfigError(reader.faults);
  return Object.freeze(config);
}

/** `base` with `patch` merged in at every level; an `undefined` takes its key out, for the default to hold again. Both are left as they are. */
export function mergePatch(base: ConfigPatch, patch: ConfigPatch = {}): ConfigPatch {
  return mergeDeep(base, patch) as ConfigPatch;
}

type Categories = Record<(typeof EVENT_CATEGORIES)[number], CategoryConfig>;
/** What may stand in a section. */
type Shape<T> = { readonly [K in keyof T]: Expectation };

const ROOT_KEYS = ['enabled', 'privacyLevel', 'batch', 'queue', 'sampling', 'categories', 'overrides'];
const POLICY_KEYS = ['enabled', 'sampling', 'minPriority'];
const PRIVACY_LEVEL = oneOf(['off', 'minimal', 'balanced', 'full']);
const PRIORITY = oneOf(EVENT_PRIORITIES);
const BATCH: Shape<BatchConfig> = { maxCount: anInteger(1), maxBytes: anInteger('[]'.length, true), maxAgeMs: aDelay() };
const QUEUE: Shape<QueueConfig> = { maxEvents: anInteger(1) };
const SAMPLING: Shape<SamplingConfig> = { rate: aNumber(0, 1), minPerWindow: anInteger(0), windowMs: aNumber(1) };

function readCategories(reader: ConfigReader, value: unknown, sampling: SamplingConfig): Categories {
  const given = reader.section('categories', value, EVENT_CATEGORIES);
  const entries = EVENT_CATEGORIES.map((category) => {
    const path = `categories.${category}`;
    const defaults = categoryDefaults(category, sampling);
    const policy = reader.section(path, given[category], POLICY_KEYS);
    const filled: CategoryConfig = {
      enabled: reader.value(`${path}.enabled`, policy.enabled, aBoolean, defaults.enabled),
      sampling: reader.record(`${path}.sampling`, policy.sampling, SAMPLING, defaults.sampling),
      minPriority: reader.value(`${path}.minPriority`, policy.minPriority, PRIORITY, defaults.minPriority),
    };
    return [category, Object.freeze(filled)];
  });
  return Object.freeze(Object.fromEntries(entries) as Categories);
}

function readOverrides(reader: ConfigReader, value: unknown, categories: Categories): Readonly<Record<string, OverrideConfig>> {
  const entries = Object.entries(reader.section('overrides', value)).map(([type, override]) => {
    const path = `overrides.${type}`;
    const policy = reader.section(path, override, POLICY_KEYS);
    const base = categories[categoryOf(type)];
    const given: OverrideConfig = {
      ...(policy.enabled !== undefined && { enabled: reader.value(`${path}.enabled`, policy.enabled, aBoolean, base.enabled) }),
      ...(policy.sampling !== undefined && { sampling: reader.record(`${path}.sampling`, policy.sampling, SAMPLING, base.sampling) }),
      ...(policy.minPriority !== undefined && {
        minPriority: reader.value(`${path}.minPriority`, policy.minPriority, PRIORITY, base.minPriority),
      }),
    };
    return [type, Object.freeze(given)] as const;
  });
  // An event may be of type '__proto__': this makes it a key like any other.
  return Object.freeze(Object.fromEntries(entries));
}

/** Reads what may be anything, and notes what can't be used instead of throwing at the first of it. */
class ConfigReader {
  readonly faults: ConfigFault[] = [];

  /** One value; the fallback when there is none, or none that can be used. */
  value<T>(path: string, value: unknown, { expected, accepts }: Expectation, fallback: T): T {
    if (value === undefined) return fallback;
    if (accepts(value)) return value as T;
    this.#note(path, expected, value);
    return fallback;
  }

  /** The keys of an object, to be looked at one by one. */
  section(path: string, value: unknown, known?: readonly string[]): Readonly<Record<string, unknown>> {
    if (value === undefined) return {};
    if (!isObject(value)) {
      this.#note(path, 'an object', value);
      return {};
    }
    for (const [key, unknown] of Object.entries(value)) {
      if (known?.includes(key) === false)
        this.#note(path === '' ? key : `${path}.${key}`, `left out: the keys here are ${known.join(', ')}`, unknown);
    }
    return value;
  }

  /** A section of single values, whole; the fallback itself when there is none. */
  record<T extends object>(path: string, value: unknown, shape: Shape<T>, fallback: T): T {
    if (value === undefined) return fallback;
    const keys = Object.keys(shape) as (keyof T & string)[];
    const section = this.section(path, value, keys);
    const entries = keys.map((key) => [key, this.value(`${path}.${key}`, section[key], shape[key], fallback[key])]);
    return Object.freeze(Object.fromEntries(entries) as T);
  }

  #note(path: string, expected: string, value: unknown): void {
    this.faults.push({ path, expected, got: value === UNREADABLE ? 'something that throws when it is read' : describe(value) });
  }
}
