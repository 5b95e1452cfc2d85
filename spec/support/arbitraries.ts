import fc from 'fast-check';
import type { ConfigPatch, SamplingConfig } from '../../lib/config/options.js';
import { EVENT_CATEGORIES } from '../../lib/event/categories.js';
import type { EventInput } from '../../lib/event/event.js';
import { EVENT_PRIORITIES } from '../../lib/event/priority.js';

/** Types of several categories, and an unknown one. */
const TYPES = ['feature_used', 'response_latency', 'error_occurred', 'tokens_consumed', 'auth_attempted', 'config_changed', 'own_type'];

const aCategory = fc.constantFrom(...EVENT_CATEGORIES);
export const aPriority = fc.constantFrom(...EVENT_PRIORITIES);

const aSampling: fc.Arbitrary<SamplingConfig> = fc.record({
  rate: fc.constantFrom(0, 0.25, 0.5, 1),
  minPerWindow: fc.integer({ min: 0, max: 3 }),
  windowMs: fc.integer({ min: 1, max: 40 }),
});

const aPolicy = fc.record({ enabled: fc.boolean(), sampling: aSampling, minPriority: aPriority }, { requiredKeys: [] });

/** A configuration with small batches, which most events reach. */
export const aConfig: fc.Arbitrary<ConfigPatch> = fc.record(
  {
    enabled: fc.oneof({ arbitrary: fc.constant(true), weight: 9 }, { arbitrary: fc.constant(false), weight: 1 }),
    privacyLevel: fc.constantFrom('full', 'full', 'balanced', 'minimal', 'off'),
    batch: fc.record({
      maxCount: fc.integer({ min: 1, max: 7 }),
      maxBytes: fc.oneof(fc.constant(Infinity), fc.integer({ min: 200, max: 2_000 })),
      maxAgeMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 })),
    }),
    sampling: aSampling,
    categories: fc.dictionary(aCategory, aPolicy, { maxKeys: 2, noNullPrototype: true }),
    overrides: fc.dictionary(fc.constantFrom(...TYPES), aPolicy, { maxKeys: 2, noNullPrototype: true }),
  },
  { requiredKeys: ['batch'] },
);

/** An event as a caller may pass it, valid or invalid. */
const anInput: fc.Arbitrary<EventInput> = fc.record(
  {
    type: fc.oneof({ arbitrary: fc.constantFrom(...TYPES), weight: 19 }, { arbitrary: fc.constant(''), weight: 1 }),
    category: aCategory,
    priority: aPriority,
    timestamp: fc.integer({ min: 0, max: 1_000 }),
    sessionId: fc.constantFrom('one', 'two'),
    data: fc.oneof(
      fc.constantFrom('write to ada@example.org', { password: 'secret', n: 1 }, { note: 'from 192.0.2.7' }, { huge: 1n }),
      fc.jsonValue({ maxDepth: 2 }),
    ),
    metadata: fc.dictionary(fc.constantFrom('appVersion', 'os', 'tenant'), fc.string({ maxLength: 5 }), { noNullPrototype: true }),
    weight: fc.constantFrom(1, 2.5),
  },
  { requiredKeys: ['type'] },
);

/** A sequence of inputs of a pipeline. */
export type Doing = { readonly collect: EventInput } | { readonly wait: number } | { readonly flush: true };

export const someDoings: fc.Arbitrary<readonly Doing[]> = fc.array(
  fc.oneof(
    { arbitrary: fc.record({ collect: anInput }), weight: 8 },
    { arbitrary: fc.record({ wait: fc.integer({ min: 0, max: 30 }) }), weight: 2 },
    { arbitrary: fc.constant({ flush: true } as const), weight: 1 },
  ),
  { maxLength: 60, size: 'max' },
);
