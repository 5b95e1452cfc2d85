import { expect } from 'chai';
import fc from 'fast-check';
import { deniedBy } from '../../lib/config/denied-by.js';
import type { ConfigPatch } from '../../lib/config/options.js';
import { policyTable } from '../../lib/config/policy.js';
import { resolveConfig } from '../../lib/config/resolve-config.js';
import { EVENT_CATEGORIES } from '../../lib/event/categories.js';

describe('deniedBy', () => {
  it('returns the setting that excludes an event, in order of precedence', () => {
    const weakest: ConfigPatch = { categories: { security: { enabled: false } } };
    const weak: ConfigPatch = { ...weakest, overrides: { auth_attempted: { enabled: false } } };
    const reason = (patch: ConfigPatch): unknown => deniedBy(resolveConfig(patch), 'auth_attempted', 'security');
    expect(reason({ ...weak, privacyLevel: 'off', enabled: false })).to.equal('enabled');
    expect(reason({ ...weak, privacyLevel: 'balanced' })).to.equal('privacyLevel');
    expect(reason({ ...weak, privacyLevel: 'full' })).to.equal('override');
    expect(reason({ ...weakest, privacyLevel: 'full' })).to.equal('category');
    expect(reason({ privacyLevel: 'full' })).to.be.undefined;
  });

  it("uses the event's own category, not that of its type", () => {
    const config = resolveConfig({ overrides: { cache_hit: { minPriority: 'high' } } });
    expect(deniedBy(config, 'cache_hit', 'security')).to.equal('privacyLevel');
    expect(deniedBy(config, 'cache_hit', 'performance')).to.be.undefined;
  });

  it('handles types that are keys of every object', () => {
    const config = resolveConfig({ categories: { custom: { enabled: false } } });
    expect(deniedBy(config, 'constructor', 'custom')).to.equal('category');
  });

  it('returns a setting exactly if policy excludes an event', () => {
    const maybe = fc.option(fc.boolean(), { nil: undefined });
    const level = fc.constantFrom('off', 'minimal', 'balanced', 'full');
    fc.assert(
      fc.property(
        fc.boolean(),
        level,
        fc.constantFrom(...EVENT_CATEGORIES),
        maybe,
        maybe,
        (enabled, privacyLevel, category, ofCategory, ofType) => {
          const config = resolveConfig({
            enabled,
            privacyLevel,
            categories: { [category]: { enabled: ofCategory } },
            overrides: { mine: { enabled: ofType } },
          });
          expect(deniedBy(config, 'mine', category) === undefined).to.equal(policyTable(config)('mine', category).enabled);
        },
      ),
    );
  });
});
