import { expect } from 'chai';
import fc from 'fast-check';
import type { CategoryConfig, CollectorConfig, ConfigPatch } from '../../lib/config/options.js';
import { mergePatch, resolveConfig } from '../../lib/config/resolve-config.js';
import { isConfigError, type ConfigFault } from '../../lib/errors/config-error.js';
import { EVENT_CATEGORIES } from '../../lib/event/categories.js';
import { EVENT_PRIORITIES } from '../../lib/event/priority.js';

/** What is wrong with a patch; nothing, when it can be used. */
function faultsOf(patch: unknown): readonly ConfigFault[] {
  try {
    resolveConfig(patch as ConfigPatch);
    return [];
  } catch (error) {
    if (isConfigError(error)) return error.faults;
    throw error;
  }
}

const pathsOf = (patch: unknown): string[] => faultsOf(patch).map(({ path }) => path);

/** A patch with one value in it, at a dotted path. */
const patchAt = (path: string, value: unknown): unknown => path.split('.').reduceRight((inner, key) => ({ [key]: inner }), value);

const defaults = { rate: 1, minPerWindow: 1, windowMs: 60_000 };
const generous = { rate: 1, minPerWindow: 100, windowMs: 60_000 };

const arbitraryPatch: fc.Arbitrary<ConfigPatch> = (() => {
  const anyOf = { requiredKeys: [] as [] };
  const sampling = fc.record(
    { rate: fc.double({ min: 0, max: 1, noNaN: true }), minPerWindow: fc.nat(), windowMs: fc.integer({ min: 1 }) },
    anyOf,
  );
  const policy = fc.record({ enabled: fc.boolean(), sampling, minPriority: fc.constantFrom(...EVENT_PRIORITIES) }, anyOf);
  const batch = {
    maxCount: fc.integer({ min: 1 }),
    maxBytes: fc.oneof(fc.integer({ min: 2 }), fc.constant(Infinity)),
    maxAgeMs: fc.oneof(fc.nat(), fc.constant(Infinity)),
  };
  return fc.record(
    {
      enabled: fc.boolean(),
      privacyLevel: fc.constantFrom('off', 'minimal', 'balanced', 'full'),
      batch: fc.record(batch, anyOf),
      queue: fc.record({ maxEvents: fc.integer({ min: 1 }) }, anyOf),
      sampling,
      categories: fc.dictionary(fc.constantFrom(...EVENT_CATEGORIES), policy),
      overrides: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('cache_hit', '__proto__', 'constructor')), policy),
    },
    anyOf,
  );
})();

function expectFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  expect(Object.isFrozen(value)).to.be.true;
  Object.values(value).forEach(expectFrozen);
}

describe('resolveConfig', () => {
  it('fills in every default', () => {
    const plain: CategoryConfig = { enabled: true, sampling: defaults, minPriority: 'low' };
    const expected: CollectorConfig = {
      enabled: true,
      privacyLevel: 'balanced',
      batch: { maxCount: 100, maxBytes: Infinity, maxAgeMs: 30_000 },
      queue: { maxEvents: 10_000 },
      sampling: defaults,
      categories: {
        usage: plain,
        performance: { enabled: true, sampling: { rate: 0.1, minPerWindow: 10, windowMs: 60_000 }, minPriority: 'normal' },
        error: { enabled: true, sampling: generous, minPriority: 'low' },
        business: plain,
        security: { enabled: true, sampling: generous, minPriority: 'low' },
        system: { enabled: true, sampling: defaults, minPriority: 'normal' },
        custom: plain,
      },
      overrides: {},
    };
    expect(resolveConfig()).to.deep.equal(expected);
    expect(resolveConfig({})).to.deep.equal(expected);
  });

  it('treats undefined as the default, at every level', () => {
    const patch = {
      enabled: undefined,
      batch: undefined,
      queue: { maxEvents: undefined },
      categories: { usage: { sampling: { rate: undefined } } },
    };
    expect(resolveConfig(patch)).to.deep.equal(resolveConfig());
  });

  it('keeps the given values, and adds the defaults', () => {
    const { enabled, privacyLevel, batch, queue } = resolveConfig({
      enabled: false,
      privacyLevel: 'full',
      batch: { maxCount: 5 },
      queue: { maxEvents: 7 },
    });
    expect({ enabled, privacyLevel, batch, queue }).to.deep.equal({
      enabled: false,
      privacyLevel: 'full',
      batch: { maxCount: 5, maxBytes: Infinity, maxAgeMs: 30_000 },
      queue: { maxEvents: 7 },
    });
  });

  it('uses `sampling` for categories without their own', () => {
    const { sampling, categories } = resolveConfig({ sampling: { rate: 0.5 }, categories: { usage: { minPriority: 'high' } } });
    expect(sampling).to.deep.equal({ rate: 0.5, minPerWindow: 1, windowMs: 60_000 });
    for (const category of ['usage', 'business', 'system', 'custom'] as const)
      expect(categories[category]?.sampling, category).to.equal(sampling);
    expect(categories.error?.sampling).to.deep.equal(generous);
    expect(categories.performance?.sampling.rate).to.equal(0.1);
  });

  it("completes a category's sampling with the sampling that would apply without it", () => {
    const { categories } = resolveConfig({
      sampling: { windowMs: 5 },
      categories: { performance: { sampling: { rate: 1 } }, usage: { sampling: { rate: 0.5 } } },
    });
    expect(categories.performance?.sampling).to.deep.equal({ rate: 1, minPerWindow: 10, windowMs: 60_000 });
    expect(categories.usage?.sampling).to.deep.equal({ rate: 0.5, minPerWindow: 1, windowMs: 5 });
  });

  it("fills an override's sampling from the type's category, and leaves the rest of it open", () => {
    const { overrides } = resolveConfig({
      categories: { usage: { sampling: { windowMs: 7 } } },
      overrides: {
        cache_hit: { sampling: { minPerWindow: 0 } },
        feature_used: { sampling: { rate: 0.5 } },
        mine: { enabled: false, minPriority: 'high' },
      },
    });
    expect(overrides).to.deep.equal({
      cache_hit: { sampling: { rate: 0.1, minPerWindow: 0, windowMs: 60_000 } },
      feature_used: { sampling: { rate: 0.5, minPerWindow: 1, windowMs: 7 } },
      mine: { enabled: false, minPriority: 'high' },
    });
  });

  it('is frozen at every level', () => {
    expectFrozen(
      resolveConfig({ batch: { maxCount: 5 }, categories: { usage: { sampling: { rate: 0 } } }, overrides: { a: { sampling: {} } } }),
    );
  });

  it('is not changed through the patch later on', () => {
    const patch = { batch: { maxCount: 5 } };
    const config = resolveConfig(patch);
    patch.batch.maxCount = 6;
    expect(config.batch.maxCount).to.equal(5);
  });

  it('accepts every valid patch, and its own result unchanged', () => {
    fc.assert(
      fc.property(arbitraryPatch, (patch) => {
        const config = resolveConfig(patch);
        expectFrozen(config);
        expect(resolveConfig(config)).to.deep.equal(config);
      }),
    );
  });

  describe('accepts the limits', () => {
    const LIMITS = {
      'batch.maxCount': [1, Number.MAX_SAFE_INTEGER],
      'batch.maxBytes': [2, Infinity],
      'batch.maxAgeMs': [0, 0.5, 2 ** 31 - 1, Infinity],
      'queue.maxEvents': [1, Number.MAX_SAFE_INTEGER],
      'sampling.rate': [0, 0.25, 1],
      'sampling.minPerWindow': [0],
      'sampling.windowMs': [1, 1.5],
    };
    for (const [path, values] of Object.entries(LIMITS)) {
      it(`of ${path}`, () => {
        for (const value of values) expect(faultsOf(patchAt(path, value)), String(value)).to.deep.equal([]);
      });
    }
  });

  describe('finds a fault', () => {
    const FAULTY = {
      enabled: [0, 'true', null],
      privacyLevel: ['none', '', null, 1],
      batch: [null, 5, 'x', []],
      'batch.maxCount': [0, 1.5, -1, NaN, Infinity, '5', null, 2 ** 53],
      'batch.maxBytes': [1, 2.5, -Infinity, NaN, '5'],
      'batch.maxAgeMs': [-1, NaN, 2 ** 31, '5', null],
      'queue.maxEvents': [0, 1.5, Infinity, NaN, '5'],
      sampling: [null, 0.5],
      'sampling.rate': [-0.1, 1.1, NaN, '0.5', null],
      'sampling.minPerWindow': [-1, 0.5, Infinity, '1'],
      'sampling.windowMs': [0, 0.5, Infinity, NaN],
      categories: [null, ['usage']],
      'categories.usage': [null, false],
      'categories.usage.enabled': [1, null],
      'categories.usage.minPriority': ['urgent', 2],
      'categories.usage.sampling.rate': [2],
      overrides: [null, 'cache_hit'],
      'overrides.cache_hit': [null, true],
      'overrides.cache_hit.enabled': ['no', null],
      'overrides.cache_hit.minPriority': ['', null],
      'overrides.cache_hit.sampling': [0.5, null],
      'overrides.cache_hit.sampling.windowMs': [0],
    };
    for (const [path, values] of Object.entries(FAULTY)) {
      it(`in ${path}`, () => {
        for (const value of values) expect(pathsOf(patchAt(path, value)), String(value)).to.deep.equal([path]);
      });
    }

    it('in a value that is not an object', () => {
      for (const patch of [null, 5, 'off', true, [], () => ({})]) expect(pathsOf(patch)).to.deep.equal(['']);
    });

    it('in an unknown key, at every level', () => {
      const unknown = [
        'bacth',
        'batch.maxcount',
        'queue.size',
        'sampling.window',
        'categories.usages',
        'categories.usage.rate',
        'overrides.a.rate',
      ];
      for (const path of unknown) expect(pathsOf(patchAt(path, 1)), path).to.deep.equal([path]);
    });
  });

  it('names the expected and the passed value', () => {
    expect(faultsOf({ privacyLevel: 'none', batch: { maxCount: 0, max: 5 } })).to.deep.equal([
      { path: 'privacyLevel', expected: "one of 'off', 'minimal', 'balanced', 'full'", got: "`'none'` (string)" },
      { path: 'batch.max', expected: 'one of the options maxCount, maxBytes, maxAgeMs', got: 'an unknown option' },
      { path: 'batch.maxCount', expected: 'an integer ≥ 1', got: '`0` (number)' },
    ]);
  });

  it('finds every fault there is', () => {
    // A leaf of each kind, and values that none of them takes.
    const paths = [
      'enabled',
      'privacyLevel',
      'batch.maxCount',
      'batch.maxBytes',
      'batch.maxAgeMs',
      'queue.maxEvents',
      'sampling.rate',
      'sampling.minPerWindow',
      'sampling.windowMs',
      ...EVENT_CATEGORIES.flatMap((category) => [`categories.${category}.enabled`, `categories.${category}.sampling.rate`]),
      'overrides.cache_hit.minPriority',
      'overrides.mine.sampling.minPerWindow',
      'typo',
      'batch.typo',
    ];
    const unusable = fc.constantFrom<unknown>(null, -1, NaN, 'x', [], {}, () => 1, Symbol('s'), 1n);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...paths), unusable), arbitraryPatch, (faulty, valid) => {
        const patch = Object.entries(faulty).reduce<unknown>(
          (merged, [path, value]) => mergePatch(merged as ConfigPatch, patchAt(path, value) as ConfigPatch),
          valid,
        );
        expect(pathsOf(patch).sort()).to.deep.equal(Object.keys(faulty).sort());
      }),
    );
  });

  it('terminates for a cycle', () => {
    const cyclic: Record<string, unknown> = {};
    Object.assign(cyclic, { batch: cyclic, overrides: cyclic, categories: { usage: cyclic } });
    expect(pathsOf(cyclic)).to.include('batch.batch');
  });

  it('reports values whose reading throws', () => {
    const hostile = {
      enabled: 1,
      get batch(): never {
        throw new Error('no');
      },
    };
    expect(faultsOf(hostile)).to.deep.equal([
      { path: 'enabled', expected: 'a boolean', got: '`1` (number)' },
      { path: 'batch', expected: 'an object', got: 'a value that throws when read' },
    ]);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(pathsOf(proxy)).to.deep.equal(['']);
    expect(pathsOf({ overrides: { a: { sampling: { rate: proxy } } } })).to.deep.equal(['overrides.a.sampling.rate']);
  });

  it('changes no prototype for a key `__proto__`, which is a type like any other', () => {
    const config = resolveConfig(JSON.parse('{ "overrides": { "__proto__": { "enabled": false } } }') as ConfigPatch);
    expect(Object.entries(config.overrides)).to.deep.equal([['__proto__', { enabled: false }]]);
    expect(Object.getPrototypeOf(config.overrides)).to.equal(Object.prototype);
    expect(({} as { enabled?: unknown }).enabled).to.be.undefined;
    expect(pathsOf(JSON.parse('{ "__proto__": { "enabled": false }, "batch": { "__proto__": {} } }'))).to.deep.equal([
      '__proto__',
      'batch.__proto__',
    ]);
  });
});

describe('mergePatch', () => {
  it('merges deeply, and resets what is undefined', () => {
    const base: ConfigPatch = { batch: { maxCount: 5, maxAgeMs: 7 }, overrides: { a: { enabled: false } } };
    const merged = mergePatch(base, { batch: { maxCount: undefined, maxBytes: 9 }, overrides: { a: undefined, b: { enabled: true } } });
    expect(merged).to.deep.equal({ batch: { maxAgeMs: 7, maxBytes: 9 }, overrides: { b: { enabled: true } } });
    expect(resolveConfig(merged).batch.maxCount).to.equal(100);
  });

  it('changes nothing for a patch that is left out', () => {
    expect(mergePatch({ enabled: false }, undefined)).to.deep.equal({ enabled: false });
  });

  it('keeps values that are not objects, so that validation reports them', () => {
    expect(pathsOf(mergePatch({ enabled: false }, null as unknown as ConfigPatch))).to.deep.equal(['']);
  });

  it('overlays the resolved configuration with all values of the patch', () => {
    const leavesOf = (value: unknown, path = ''): [string, unknown][] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, `${path}/${key}`))
        : [[path, value]];
    fc.assert(
      fc.property(arbitraryPatch, arbitraryPatch, (base, patch) => {
        const resolved = new Map(leavesOf(resolveConfig(mergePatch(base, patch))));
        for (const [path, value] of leavesOf(patch)) expect(resolved.get(path), path).to.equal(value);
      }),
    );
  });
});
