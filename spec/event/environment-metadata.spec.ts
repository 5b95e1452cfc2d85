import { expect } from 'chai';
import { TestScheduler } from 'rxjs/testing';
import { environmentMetadata, lookAround } from '../../lib/event/environment-metadata.js';

describe('environmentMetadata', () => {
  const REPLACED = ['process', 'navigator', 'Intl'] as const;
  const originals = REPLACED.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const);

  /** What it says where these are the globals. */
  function within(globals: Partial<Record<(typeof REPLACED)[number], unknown>>): ReturnType<typeof lookAround> {
    try {
      for (const name of REPLACED) {
        Object.defineProperty(globalThis, name, { value: globals[name], configurable: true, writable: true, enumerable: false });
      }
      return lookAround();
    } finally {
      for (const [name, descriptor] of originals) {
        if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
        else Object.defineProperty(globalThis, name, descriptor);
      }
    }
  }

  it('contains platform and architecture in Node', () => {
    const { os, arch, locale, timezoneOffset } = environmentMetadata();
    expect([os, arch]).to.deep.equal([process.platform, process.arch]);
    expect(locale).to.match(/^unknown$|^[a-z]{2,3}(-[A-Z]{2})?$/);
    expect(timezoneOffset).to.satisfy(Number.isInteger);
  });

  it('reads the navigator in browsers and workers', () => {
    const navigator = { platform: 'MacIntel', language: 'cs-CZ', userAgentData: { platform: 'macOS' } };
    expect(within({ navigator, Intl })).to.include({ os: 'macOS', arch: 'unknown', locale: 'cs-CZ' });
    expect(within({ navigator: { platform: 'Win32', language: 'de' }, Intl })).to.include({ os: 'Win32', locale: 'de' });
  });

  it('reads the environment for the locale if there is no navigator', () => {
    const localeOf = (env: object): string => within({ process: { platform: 'linux', arch: 'x64', env } }).locale;
    expect(localeOf({ LANG: 'fr_CA.UTF-8' })).to.equal('fr-CA');
    expect(localeOf({ LANG: 'de_DE@euro', LC_ALL: 'de_AT' })).to.equal('de-AT');
    expect(localeOf({ LANG: 'eo', LC_MESSAGES: '' })).to.equal('eo');
    for (const LANG of ['C', 'C.UTF-8', 'POSIX', 'c', undefined, 5]) expect(localeOf({ LANG })).to.equal('unknown');
  });

  it('never loads Intl', () => {
    const Intl = new Proxy({}, { get: () => expect.fail('it was asked') });
    expect(within({ Intl, process: {}, navigator: {} }).locale).to.equal('unknown');
  });

  it("sets everything, to 'unknown' if need be", () => {
    expect(within({})).to.deep.equal({ os: 'unknown', arch: 'unknown', locale: 'unknown' });
    expect(environmentMetadata()).to.have.all.keys('os', 'arch', 'locale', 'timezoneOffset');
  });

  it('looks once', () => {
    const first = environmentMetadata();
    const { LANG } = process.env;
    try {
      process.env['LANG'] = 'xx_XX';
      expect(environmentMetadata()).to.deep.equal(first);
      expect(environmentMetadata()).to.not.equal(first);
    } finally {
      if (LANG === undefined) delete process.env['LANG'];
      else process.env['LANG'] = LANG;
    }
  });

  it('ignores globals of an unexpected kind', () => {
    const throwing = {
      get platform(): never {
        throw new Error('no');
      },
    };
    expect(within({ process: throwing, navigator: { platform: 3, language: '' }, Intl: null })).to.include({
      os: 'unknown',
      arch: 'unknown',
      locale: 'unknown',
    });
    expect(within({ process: null, navigator: null }).os).to.equal('unknown');
  });

  it("uses the scheduler's time to determine the offset", () => {
    const { TZ } = process.env;
    try {
      // Half an hour further from UTC since 1982.
      process.env.TZ = 'Asia/Singapore';
      expect(environmentMetadata().timezoneOffset).to.equal(-480);
      new TestScheduler(() => undefined).run(() => expect(environmentMetadata().timezoneOffset).to.equal(-450));
    } finally {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    }
  });
});
