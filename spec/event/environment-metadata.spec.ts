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

  it('tells platform and architecture in Node', () => {
    const { os, arch, locale, timezoneOffset } = environmentMetadata();
    expect([os, arch]).to.deep.equal([process.platform, process.arch]);
    expect(Intl.getCanonicalLocales(locale)).to.deep.equal([locale]);
    expect(timezoneOffset).to.satisfy(Number.isInteger);
  });

  it('asks the navigator in browsers and workers', () => {
    const navigator = { platform: 'MacIntel', language: 'cs-CZ', userAgentData: { platform: 'macOS' } };
    expect(within({ navigator, Intl })).to.include({ os: 'macOS', arch: 'unknown', locale: 'cs-CZ' });
    expect(within({ navigator: { platform: 'Win32', language: 'de' }, Intl })).to.include({ os: 'Win32', locale: 'de' });
  });

  it('asks Intl for the locale where there is no navigator', () => {
    const format = { DateTimeFormat: () => ({ resolvedOptions: () => ({ locale: 'fr-CA' }) }) };
    expect(within({ process: { platform: 'linux', arch: 'x64' }, Intl: format })).to.include({ os: 'linux', arch: 'x64', locale: 'fr-CA' });
  });

  it("sets everything, to 'unknown' if need be", () => {
    expect(within({})).to.deep.equal({ os: 'unknown', arch: 'unknown', locale: 'unknown' });
    expect(environmentMetadata()).to.have.all.keys('os', 'arch', 'locale', 'timezoneOffset');
  });

  it('looks once, and remembers', () => {
    const first = environmentMetadata();
    const originalFormat = Intl.DateTimeFormat;
    try {
      Object.defineProperty(Intl, 'DateTimeFormat', { value: () => expect.fail('it looked again'), configurable: true, writable: true });
      expect(environmentMetadata()).to.deep.equal(first);
      expect(environmentMetadata()).to.not.equal(first);
    } finally {
      Object.defineProperty(Intl, 'DateTimeFormat', { value: originalFormat, configurable: true, writable: true });
    }
  });

  it('is not put off by globals that are something else', () => {
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

  it('takes the time, which decides about the offset, from the scheduler', () => {
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
