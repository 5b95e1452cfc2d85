import { expect } from 'chai';
import fc from 'fast-check';
import type { CollectorConfig, ConfigPatch, PrivacyLevel } from '../../lib/config/options.js';
import { policyTable } from '../../lib/config/policy.js';
import { resolveConfig } from '../../lib/config/resolve-config.js';
import { EVENT_CATEGORIES } from '../../lib/event/categories.js';
import type { EventCategory } from '../../lib/event/event.js';
import { EVENT_PRIORITIES } from '../../lib/event/priority.js';

const tableOf = (patch?: ConfigPatch): ReturnType<typeof policyTable> => policyTable(resolveConfig(patch));

/** The categories whose events are collected. */
const collected = (patch?: ConfigPatch): EventCategory[] => EVENT_CATEGORIES.filter((category) => tableOf(patch)('any', category).enabled);

describe('policyTable', () => {
  const LEVELS: Record<PrivacyLevel, readonly EventCategory[]> = {
    off: [],
    minimal: ['error'],
    balanced: ['usage', 'performance', 'error', 'business', 'system', 'custom'],
    full: EVENT_CATEGORIES,
  };
  for (const [privacyLevel, categories] of Object.entries(LEVELS)) {
    it(`collects at privacy level '${privacyLevel}': ${categories.join(', ') || 'nothing'}`, () => {
      expect(collected({ privacyLevel: privacyLevel as PrivacyLevel })).to.deep.equal(categories);
    });
  }

  it('collects nothing when it is not enabled', () => {
    expect(collected({ enabled: false, privacyLevel: 'full' })).to.deep.equal([]);
  });

  it('excludes a disabled category', () => {
    expect(collected({ privacyLevel: 'full', categories: { usage: { enabled: false } } })).to.deep.equal(EVENT_CATEGORIES.slice(1));
  });

  it('gives an override precedence over its category, both ways', () => {
    const policyOf = tableOf({
      categories: { usage: { enabled: false } },
      overrides: { feature_used: { enabled: true }, cache_hit: { enabled: false } },
    });
    const enabled = (type: string, category: EventCategory): boolean => policyOf(type, category).enabled;
    expect([enabled('feature_used', 'usage'), enabled('tool_invoked', 'usage')]).to.deep.equal([true, false]);
    expect([enabled('cache_hit', 'performance'), enabled('cache_miss', 'performance')]).to.deep.equal([false, true]);
  });

  it('gives the privacy level and `enabled` precedence over overrides', () => {
    const overrides = { auth_attempted: { enabled: true } };
    expect(tableOf({ overrides })('auth_attempted', 'security').enabled).to.be.false;
    expect(tableOf({ overrides, enabled: false, privacyLevel: 'full' })('auth_attempted', 'security').enabled).to.be.false;
  });

  it("ranks the least priority: the override's, else the category's", () => {
    const policyOf = tableOf({
      categories: { usage: { minPriority: 'high' } },
      overrides: { feature_used: { minPriority: 'critical' }, tool_invoked: {} },
    });
    expect(policyOf('feature_used', 'usage').minRank).to.equal(3);
    expect(policyOf('tool_invoked', 'usage').minRank).to.equal(2);
    expect(policyOf('cache_hit', 'performance').minRank).to.equal(1);
    expect(policyOf('mine', 'custom').minRank).to.equal(0);
  });

  it("samples by the override, otherwise by the category, with the configuration's own object", () => {
    const config = resolveConfig({ overrides: { cache_hit: { sampling: { rate: 0.5 } }, cache_miss: { enabled: true } } });
    const policyOf = policyTable(config);
    expect(policyOf('cache_hit', 'performance').sampling).to.equal(config.overrides.cache_hit?.sampling);
    expect(policyOf('cache_miss', 'performance').sampling).to.equal(config.categories.performance?.sampling);
    expect(policyOf('feature_used', 'usage').sampling).to.equal(config.sampling);
  });

  it("uses the event's own category, not that of its type", () => {
    const policyOf = tableOf({ overrides: { cache_hit: { minPriority: 'high' } } });
    expect(policyOf('cache_hit', 'security')).to.include({ enabled: false, minRank: 2 });
    expect(policyOf('feature_used', 'performance').sampling.rate).to.equal(0.1);
  });

  it("treats an unknown category as 'custom'", () => {
    const policyOf = tableOf({ categories: { custom: { minPriority: 'high' } }, overrides: { odd: { minPriority: 'critical' } } });
    for (const category of ['', 'constructor', undefined] as unknown as EventCategory[]) {
      expect(policyOf('any', category).minRank).to.equal(2);
      expect(policyOf('odd', category).minRank).to.equal(3);
    }
  });

  it('handles types that are keys of every object', () => {
    const overrides: unknown = JSON.parse('{ "constructor": { "minPriority": "high" }, "__proto__": { "minPriority": "critical" } }');
    const policyOf = tableOf({ overrides } as ConfigPatch);
    const rank = (type: string): number => policyOf(type, 'custom').minRank;
    expect(['constructor', '__proto__', 'toString', 'mine'].map(rank)).to.deep.equal([2, 3, 0, 0]);
  });

  it('returns the same policy for the same type and category', () => {
    const policyOf = tableOf({ overrides: { mine: { enabled: true } } });
    expect(policyOf('mine', 'custom')).to.equal(policyOf('mine', 'custom'));
    expect(policyOf('one', 'usage')).to.equal(policyOf('another', 'usage'));
  });

  it('fills in categories that are missing in a handwritten configuration', () => {
    const byHand: CollectorConfig = { ...resolveConfig({ sampling: { rate: 0.5 } }), categories: {} };
    const resolved = tableOf({ sampling: { rate: 0.5 } });
    for (const category of EVENT_CATEGORIES) expect(policyTable(byHand)('any', category)).to.deep.equal(resolved('any', category));
  });

  it('agrees with the rule, for every configuration', () => {
    const maybe = fc.option(fc.boolean(), { nil: undefined });
    const policy = fc.record({ enabled: maybe, minPriority: fc.option(fc.constantFrom(...EVENT_PRIORITIES), { nil: undefined }) });
    const level = fc.constantFrom<PrivacyLevel>('off', 'minimal', 'balanced', 'full');
    fc.assert(
      fc.property(
        fc.boolean(),
        level,
        fc.constantFrom(...EVENT_CATEGORIES),
        policy,
        policy,
        (enabled, privacyLevel, category, ofCategory, ofType) => {
          const config = resolveConfig({ enabled, privacyLevel, categories: { [category]: ofCategory }, overrides: { mine: ofType } });
          const found = policyTable(config)('mine', category);
          const permitted = LEVELS[privacyLevel].includes(category);
          expect(found.enabled).to.equal(enabled && permitted && (ofType.enabled ?? ofCategory.enabled ?? true));
          const least = ofType.minPriority ?? ofCategory.minPriority ?? resolveConfig().categories[category]?.minPriority ?? 'low';
          expect(found.minRank).to.equal(EVENT_PRIORITIES.indexOf(least));
        },
      ),
    );
  });
});
