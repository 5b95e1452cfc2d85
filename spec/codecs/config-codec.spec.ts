import { expect } from 'chai';
import * as t from 'io-ts';
import { configCodec } from '../../lib/codecs/config-codec.js';
import { formatErrors } from '../../lib/codecs/format-errors.js';
import { resolveConfig } from '../../lib/config/resolve-config.js';
import { leftOf, rightOf } from './sides.js';

const settings = t.type({ endpoint: t.string, collector: configCodec });

describe('configCodec', () => {
  it('fills in missing settings', () => {
    const decoded = rightOf(settings.decode({ endpoint: 'x', collector: { batch: { maxCount: 5 } } }));
    expect(decoded.collector).to.deep.equal(resolveConfig({ batch: { maxCount: 5 } }));
  });

  it('reports faults at their full path, together with those of other fields', () => {
    const wrong = { collector: { queue: { maxEvents: 0 }, overrides: { 'shop.paid': { enabled: 's3cret' }, tick: { sampling: null } } } };
    expect(formatErrors(leftOf(settings.decode(wrong)))).to.deep.equal([
      'Expected `endpoint` to be string, got undefined',
      'Expected `collector.queue.maxEvents` to be an integer ≥ 1, got a number',
      'Expected `collector.overrides.*.enabled` to be a boolean, got a string',
      'Expected `collector.overrides.tick.sampling` to be an object, got null',
    ]);
  });

  it('reports one fault for a value that is not an object', () => {
    expect(formatErrors(leftOf(settings.decode({ endpoint: 'x', collector: 3 })))).to.deep.equal([
      'Expected `collector` to be CollectorConfig, got a number',
    ]);
  });

  it('distinguishes a complete configuration from a partial one', () => {
    const whole = resolveConfig({ overrides: { tick: { enabled: false } } });
    expect(configCodec.is(whole)).to.equal(true);
    expect(configCodec.is(JSON.parse(JSON.stringify(resolveConfig({ batch: { maxBytes: 100 } }))))).to.equal(true);
    for (const value of [{}, null, 3, { ...whole, batch: undefined }, { ...whole, enabled: 'yes' }, { ...whole, batch: { maxCount: 1 } }]) {
      expect(configCodec.is(value)).to.equal(false);
    }
  });

  it('throws for no input', () => {
    const getter = { ...resolveConfig(), get queue(): never { throw new Error('s3cret'); } }; // prettier-ignore
    expect(configCodec.is(getter)).to.equal(false);
    expect(formatErrors(leftOf(configCodec.decode(getter))))
      .to.have.length(1)
      .and.to.have.property('0')
      .that.matches(/can't be read$/);
  });
});
