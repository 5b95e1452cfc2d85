import { expect } from 'chai';
import { checkKeys } from '../../lib/internal/check-keys.js';

describe('checkKeys', () => {
  const KEYS = { url: true, headers: true } as const;
  const check = (options: unknown, path?: string) => () => {
    checkKeys(options as Partial<Record<keyof typeof KEYS, unknown>>, KEYS, path);
  };

  it('lets pass what has no other keys, whatever they hold', () => {
    for (const options of [{}, { url: 5 }, { headers: undefined, url: null }]) expect(check(options)).not.to.throw();
  });

  it('names the key that there is not, and those that there are, and does not show what it holds', () => {
    const message = /^Expected `header` to be left out: the keys here are url, headers, got a value$/;
    for (const header of ['Bearer secret', undefined]) expect(check({ url: '/', header })).to.throw(TypeError, message);
    expect(check({ uri: '/' }, 'sink')).to.throw(TypeError, 'Expected `sink.uri` to be left out');
  });

  it('takes what every object inherits for no key', () => {
    expect(check({ toString: 1 })).to.throw(TypeError, '`toString`');
    expect(check(JSON.parse('{ "__proto__": 1 }'))).to.throw(TypeError, '`__proto__`');
  });

  it('refuses what is no object', () => {
    for (const options of [true, 5, 'gzip', null, undefined, [], () => undefined]) {
      expect(check(options)).to.throw(TypeError, 'Expected `options` to be an object');
      expect(check(options, 'rotate')).to.throw(TypeError, 'Expected `rotate` to be an object');
    }
  });
});
