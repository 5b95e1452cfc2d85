import { expect } from 'chai';
import fc from 'fast-check';
import { deniedBy } from '../../lib/config/denied-by.js';
import type { ConfigPatch } from '../../lib/config/options.js';
import { policyTable } from '../../lib/config/policy.js';
import { resolveConfig } from '../../lib/config/resolve-config.js';
import { EVENT_CATEGORIES } from '../../lib/event/categories.js';

describe('deniedBy', () => {
  it('says what keeps an event out, the strongest reason first', () => {
    const weakest: ConfigPatch = { categories: { security: { enabled: false } } };
    const weak: ConfigPatch = { ...weakest, overrides: { auth_attempted: { enabled: false } } };
    const reason = (patch: ConfigPatch): unknown => deniedBy(resolveConfig(patch), 'auth_attempted', 'security');
    expect(reason({ ...weak, privacyLevel: 'off', enabled: false })).to.equal('enabled');
    expect(reason({ ...weak, privacyLevel: 'balanced' })).to.equal('privacyLevel');
    expect(reason({ ...weak, privacyLevel: 'full' })).to.equal('override');
    expect(reason({ ...weakest, privacyLevel: 'full' })).to.equal('category');
    expect(reason({ privacyLevel: 'full' })).to.be.undefined;
  });

  it("goes by the event's own category, whatever its type's is", () => {
    const config = resolveConfig({ overrides: { cache_hit: { minPriority: 'high' } } });
    expect(deniedBy(config, 'cache_hit', 'security')).to.equal('privacyLevel');
    expect(deniedBy(config, 'cache_hit', 'performance')).to.be.undefined;
  });

  it('is not misled by types that every object has as a key', () => {
    const config = resolveConfig({ categories: { custom: { enabled: false } } });
    expect(deniedBy(config, 'constructor', 'custom')).to.equal('category');
  });

  it('has a reason exactly where policy does not let an event in', () => {
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
