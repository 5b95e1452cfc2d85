import { expect } from 'chai';
import fc from 'fast-check';
import { configFromEnv } from '../../lib/codecs/config-from-env.js';
import { resolveConfig } from '../../lib/config/resolve-config.js';
import { ConfigError } from '../../lib/errors/config-error.js';
import { leftOf, rightOf } from './sides.js';

describe('configFromEnv', () => {
  it('reads every variable', () => {
    const env = {
      ANALYTICS_ENABLED: 'false',
      ANALYTICS_PRIVACY_LEVEL: 'minimal',
      ANALYTICS_SAMPLING_RATE: '0.25',
      ANALYTICS_BATCH_MAX_COUNT: '50',
      ANALYTICS_BATCH_MAX_BYTES: '65536',
      ANALYTICS_BATCH_MAX_AGE_MS: '5000',
      ANALYTICS_QUEUE_MAX_EVENTS: '2000',
      ANALYTICS_ELSE: 'x',
      ENABLED: 'x',
    };
    expect(rightOf(configFromEnv(env))).to.deep.equal({
      enabled: false,
      privacyLevel: 'minimal',
      sampling: { rate: 0.25 },
      batch: { maxCount: 50, maxBytes: 65_536, maxAgeMs: 5_000 },
      queue: { maxEvents: 2_000 },
    });
  });

  it('returns only the settings whose variables are set, so that they can be merged', () => {
    expect(rightOf(configFromEnv({}))).to.deep.equal({});
    expect(rightOf(configFromEnv({ ANALYTICS_BATCH_MAX_COUNT: '7' }))).to.deep.equal({ batch: { maxCount: 7 } });
  });

  it('treats an empty or blank variable as unset', () => {
    expect(
      rightOf(configFromEnv({ ANALYTICS_ENABLED: '', ANALYTICS_SAMPLING_RATE: '  ', ANALYTICS_QUEUE_MAX_EVENTS: undefined })),
    ).to.deep.equal({});
  });

  it('accepts another prefix, or an empty one', () => {
    expect(rightOf(configFromEnv({ APP_ENABLED: 'true', ANALYTICS_ENABLED: 'x' }, 'APP_'))).to.deep.equal({ enabled: true });
    expect(rightOf(configFromEnv({ QUEUE_MAX_EVENTS: '1' }, ''))).to.deep.equal({ queue: { maxEvents: 1 } });
  });

  for (const [text, enabled] of [
    ...['true', 'TRUE', 'yes', 'on', '1', ' true\n'].map((each) => [each, true] as const),
    ...['false', 'False', 'no', 'off', '0'].map((each) => [each, false] as const),
  ]) {
    it(`reads ${JSON.stringify(text)} as ${String(enabled)}`, () => {
      expect(rightOf(configFromEnv({ ANALYTICS_ENABLED: text }))).to.deep.equal({ enabled });
    });
  }

  for (const [text, maxBytes] of [
    ['10', 10],
    ['1e3', 1_000],
    [' 7 ', 7],
    ['5.0', 5],
    ['Infinity', Infinity],
  ] as const) {
    it(`reads ${JSON.stringify(text)} as a number`, () => {
      expect(rightOf(configFromEnv({ ANALYTICS_BATCH_MAX_BYTES: text }))).to.deep.equal({ batch: { maxBytes } });
    });
  }

  it('reads a fraction that starts with a point', () => {
    expect(rightOf(configFromEnv({ ANALYTICS_SAMPLING_RATE: '.5' }))).to.deep.equal({ sampling: { rate: 0.5 } });
  });

  for (const text of ['ten', '0x10', '1_000', '10 events', 'NaN', '-', '.', '--1', '0b1', 'infinity']) {
    it(`refuses ${JSON.stringify(text)} as a number`, () => {
      expect(leftOf(configFromEnv({ ANALYTICS_BATCH_MAX_BYTES: text })).faults[0]?.got).to.equal('a string');
    });
  }

  it('reports all faults together, by variable name, with the rules of resolveConfig', () => {
    const env = {
      ANALYTICS_ENABLED: 'perhaps',
      ANALYTICS_PRIVACY_LEVEL: 'some',
      ANALYTICS_SAMPLING_RATE: '2',
      ANALYTICS_BATCH_MAX_COUNT: '0',
      ANALYTICS_BATCH_MAX_BYTES: '-1',
      ANALYTICS_BATCH_MAX_AGE_MS: 'soon',
      ANALYTICS_QUEUE_MAX_EVENTS: 'Infinity',
    };
    const error = leftOf(configFromEnv(env));
    expect(error).to.be.an.instanceOf(ConfigError);
    expect(error.faults.map(({ path }) => path)).to.have.members(Object.keys(env));
    expect(error.message).to.include('Expected `ANALYTICS_BATCH_MAX_COUNT` to be an integer ≥ 1, got a number');
  });

  it('reports the kind of a value, and not the value', () => {
    const error = leftOf(configFromEnv({ ANALYTICS_PRIVACY_LEVEL: 'hunter2', ANALYTICS_ENABLED: 'line one\nline two' }));
    expect(error.faults.map(({ got }) => got)).to.deep.equal(['a string', 'a string']);
    expect(error.message).to.not.match(/hunter2|line/);
  });

  it('names a variable with its prefix', () => {
    expect(leftOf(configFromEnv({ APP_ENABLED: 'perhaps' }, 'APP_')).faults[0]?.path).to.equal('APP_ENABLED');
  });

  it('accepts booleans and numbers, as bundlers define them', () => {
    const env = { ANALYTICS_ENABLED: false, ANALYTICS_BATCH_MAX_COUNT: 5 } as never;
    expect(rightOf(configFromEnv(env))).to.deep.equal({ enabled: false, batch: { maxCount: 5 } });
  });

  it('reports a variable that throws when it is read', () => {
    const env = { get ANALYTICS_ENABLED(): never { throw new Error('s3cret'); }, ANALYTICS_BATCH_MAX_COUNT: '0' }; // prettier-ignore
    const error = leftOf(configFromEnv(env));
    expect(error.faults.map(({ path }) => path)).to.have.members(['ANALYTICS_ENABLED', 'ANALYTICS_BATCH_MAX_COUNT']);
    expect(error.message).to.not.include('s3cret');
  });

  it('returns only values that a collector accepts', () => {
    const names = [
      'ENABLED',
      'PRIVACY_LEVEL',
      'SAMPLING_RATE',
      'BATCH_MAX_COUNT',
      'BATCH_MAX_BYTES',
      'BATCH_MAX_AGE_MS',
      'QUEUE_MAX_EVENTS',
    ];
    const values = fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String), fc.constantFrom('true', 'off', 'full'));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), values), (env) => {
        const result = configFromEnv(env, '');
        if (result._tag === 'Right') resolveConfig(result.right);
        else for (const { path } of result.left.faults) expect(names).to.include(path);
      }),
    );
  });

  it('requires an environment and a prefix', () => {
    expect(() => configFromEnv(undefined as never)).to.throw(TypeError, 'Expected `env` to be an object, got `undefined`');
    expect(() => configFromEnv({}, null as never)).to.throw(TypeError, 'Expected `prefix` to be a string, got `null`');
  });
});
