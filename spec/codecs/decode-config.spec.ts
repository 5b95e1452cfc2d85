import { expect } from 'chai';
import fc from 'fast-check';
import { decodeConfig } from '../../lib/codecs/decode-config.js';
import { resolveConfig } from '../../lib/config/resolve-config.js';
import { ConfigError, isConfigError } from '../../lib/errors/config-error.js';
import { leftOf, rightOf } from './sides.js';

describe('decodeConfig', () => {
  it('fills in missing settings, as resolveConfig does', () => {
    const patch = { privacyLevel: 'full', batch: { maxCount: 5 }, overrides: { tick: { enabled: false } } } as const;
    expect(rightOf(decodeConfig(JSON.parse(JSON.stringify(patch))))).to.deep.equal(resolveConfig(patch));
  });

  it('reports the same faults as resolveConfig', () => {
    const error = leftOf(
      decodeConfig({ enabled: 'yes', sampling: { rate: 2 }, batchh: {}, overrides: { tick: { minPriority: 'urgent' } } }),
    );
    expect(error).to.be.an.instanceOf(ConfigError);
    expect(error.faults.map(({ path }) => path)).to.have.members(['enabled', 'sampling.rate', 'batchh', 'overrides.tick.minPriority']);
  });

  it('reports the kind of a value, and not the value', () => {
    const batch = { maxCount: 4711.5, maxBytes: null, maxAgeMs: [4711] };
    const overrides = { 'user@host': { enabled: 'hunter2', sampling: { rate: 4711n, windowMs: { x: 'hunter2' } } } };
    const error = leftOf(decodeConfig({ enabled: 'hunter2\n`x`', privacyLevel: true, batch, overrides, extra: 'hunter2' }));
    expect(Object.fromEntries(error.faults.map(({ path, got }) => [path, got]))).to.deep.equal({
      extra: 'an unknown option',
      enabled: 'a string',
      privacyLevel: 'a boolean',
      'batch.maxCount': 'a number',
      'batch.maxBytes': 'null',
      'batch.maxAgeMs': 'an array',
      'overrides.user@host.enabled': 'a string',
      'overrides.user@host.sampling.rate': 'a bigint',
      'overrides.user@host.sampling.windowMs': 'an object',
    });
    expect(error.message).to.not.match(/hunter2|4711|`x`/);
  });

  for (const [kind, value] of Object.entries({ null: null, 'a string': '{}', 'a number': 3, 'an array': [], 'a function': () => 1 })) {
    it(`refuses ${kind}`, () => {
      expect(leftOf(decodeConfig(value)).faults).to.have.length(1);
    });
  }

  it('throws for no input, and changes no prototype', () => {
    const circle: Record<string, unknown> = {};
    circle.batch = circle;
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = { deep };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const getter = { get batch(): never { throw new Error('s3cret'); } }; // prettier-ignore
    const polluting: unknown = JSON.parse('{ "__proto__": { "enabled": false }, "batch": { "__proto__": { "maxCount": 1 } } }');
    for (const value of [circle, deep, proxy, getter, polluting, { queue: { maxEvents: 1n } }]) {
      const error = leftOf(decodeConfig(value));
      expect(error.faults).to.not.be.empty;
      expect(error.message).to.not.include('s3cret');
    }
    expect(rightOf(decodeConfig({}))).to.deep.equal(resolveConfig());
  });

  it('returns a configuration or a ConfigError for every input', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withMap: true }), (value) => {
        const result = decodeConfig(value);
        if (result._tag === 'Left') expect(isConfigError(result.left)).to.equal(true);
        else expect(resolveConfig(result.right)).to.deep.equal(result.right);
      }),
    );
  });
});
