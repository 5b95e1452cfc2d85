import { expect } from 'chai';
import { aBoolean, aFunction, aNonEmptyString, anInteger, secret } from '../../lib/internal/check-option.js';
import { optionsOf } from '../../lib/internal/options.js';

interface Limits {
  readonly count?: number;
  readonly bytes?: number;
}

interface Settings {
  readonly url: string;
  readonly isOn?: boolean;
  readonly key?: string;
  readonly onDrop?: (() => void) | undefined;
  readonly limits?: Limits;
  readonly extra?: Limits | undefined;
}

const LIMITS = optionsOf<Limits>(() => ({ count: [anInteger(1), 1], bytes: [anInteger(2), 2] }));
const SETTINGS = optionsOf<Settings, 'onDrop' | 'extra'>(() => ({
  url: aNonEmptyString,
  isOn: [aBoolean, true],
  key: [secret(aNonEmptyString), 'none'],
  onDrop: [aFunction],
  limits: LIMITS,
  extra: [LIMITS],
}));

const url = '/collect';
const defaults = { url, isOn: true, key: 'none', onDrop: undefined, limits: { count: 1, bytes: 2 }, extra: undefined };

describe('optionsOf', () => {
  it('fills in defaults at every level, also for `undefined`', () => {
    expect(SETTINGS.parse({ url })).to.deep.equal(defaults);
    expect(SETTINGS.parse({ url, isOn: undefined, limits: undefined, extra: undefined })).to.deep.equal(defaults);
    expect(SETTINGS.parse({ url, limits: { bytes: 9 }, extra: {} })).to.deep.equal({
      ...defaults,
      limits: { count: 1, bytes: 9 },
      extra: { count: 1, bytes: 2 },
    });
    expect(LIMITS.parse(undefined)).to.deep.equal({ count: 1, bytes: 2 });
  });

  it('returns frozen copies, and leaves the options as they are', () => {
    const limits = { count: 5 };
    const parsed = SETTINGS.parse({ url, limits });
    expect([Object.isFrozen(parsed), Object.isFrozen(parsed.limits), Object.isFrozen(limits)]).to.deep.equal([true, true, false]);
  });

  it('reads each property once', () => {
    let reads = 0;
    LIMITS.parse({
      get count() {
        reads += 1;
        return 3;
      },
    });
    expect(reads).to.equal(1);
  });

  it('prefers a base to the defaults', () => {
    expect(LIMITS.parse({ bytes: 3 }, { base: { count: 7, bytes: 8 } })).to.deep.equal({ count: 7, bytes: 3 });
    expect(SETTINGS.parse({ limits: { count: 3 } }, { base: { url, limits: { count: 7, bytes: 8 } } }).limits).to.deep.equal({
      count: 3,
      bytes: 8,
    });
  });

  it('throws for the first invalid option, with its path', () => {
    expect(() => SETTINGS.parse({ url, isOn: 1, limits: 5 })).to.throw(TypeError, 'Expected `isOn` to be a boolean, got `1` (number)');
    expect(() => SETTINGS.parse({ url, limits: { count: 0 } })).to.throw(
      TypeError,
      'Expected `limits.count` to be an integer ≥ 1, got `0` (number)',
    );
    expect(() => SETTINGS.parse({ url, limits: null })).to.throw(TypeError, 'Expected `limits` to be an object, got `null`');
    expect(() => SETTINGS.parse({})).to.throw(TypeError, 'Expected `url` to be a non-empty string, got `undefined`');
    expect(() => LIMITS.parse({ count: 0 }, { path: 'here' })).to.throw(TypeError, 'Expected `here.count`');
  });

  it('refuses unknown options and suggests the nearest name', () => {
    expect(() => SETTINGS.parse({ url, isON: true })).to.throw(
      TypeError,
      /^Unknown option `isON`\. Did you mean `isOn`\? Options: url, isOn, key, onDrop, limits, extra$/,
    );
    expect(() => SETTINGS.parse({ url, limits: { counts: 1 } })).to.throw(
      TypeError,
      /^Unknown option `limits\.counts`\. Did you mean `limits\.count`\? Options: count, bytes$/,
    );
    expect(() => LIMITS.parse({ unrelated: 1 })).to.throw(TypeError, /^Unknown option `unrelated`\. Options: count, bytes$/);
    expect(() => LIMITS.parse(JSON.parse('{ "__proto__": 1 }'))).to.throw(TypeError, 'Unknown option `__proto__`');
    expect(() => LIMITS.parse({ ['x'.repeat(100_000)]: 1 })).to.throw(TypeError, 'Unknown option');
  });

  it('refuses options that are not an object, and suggests the likely option', () => {
    expect(() => LIMITS.parse(5)).to.throw(
      TypeError,
      /^Expected `options` to be an object, got `5` \(number\)\. Did you mean `\{ count: … \}`\?$/,
    );
    expect(() => LIMITS.parse(null)).to.throw(TypeError, /^Expected `options` to be an object, got `null`$/);
    expect(() => SETTINGS.parse('a secret')).to.throw(
      TypeError,
      /^Expected `options` to be an object, got a string\. Did you mean `\{ url: … \}`\?$/,
    );
  });

  it('never shows the value of a secret option, an unknown one, or a string in place of the options', () => {
    for (const options of [{ url, key: 5_551_234 }, { url, keys: 5_551_234 }, '5551234']) {
      expect(() => SETTINGS.parse(options))
        .to.throw(TypeError)
        .with.property('message')
        .not.contain('1234');
    }
  });

  it('reports every fault to `onFault`, and uses the fallback for it', () => {
    const faults: string[] = [];
    const parsed = SETTINGS.parse(
      { url, isOn: 1, limits: { count: 0, byte: 2 } },
      { onFault: ({ path, expected, got }) => faults.push(`${path}: ${expected}, ${got}`) },
    );
    expect(parsed).to.deep.equal(defaults);
    expect(faults).to.deep.equal([
      'isOn: a boolean, `1` (number)',
      'limits.byte: one of the options count, bytes, an unknown option',
      'limits.count: an integer ≥ 1, `0` (number)',
    ]);
  });
});
