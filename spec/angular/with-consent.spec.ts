import { TestBed } from '../support/angular.js';
import { createEnvironmentInjector, EnvironmentInjector, signal } from '@angular/core';
import { expect } from 'chai';
import { of } from 'rxjs';
import { FEATURE_CONSENT } from '../../lib/angular/feature-consent.js';
import { withConsent } from '../../lib/angular/with-consent.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';

describe('withConsent', () => {
  const injectorOf = (...consent: Parameters<typeof withConsent>): EnvironmentInjector =>
    createEnvironmentInjector([...withConsent(...consent).providers], TestBed.inject(EnvironmentInjector));

  /** What the consent's subscriber receives. */
  const logOf = (injector: EnvironmentInjector): string[] => {
    const log: string[] = [];
    injector.get(FEATURE_CONSENT).consent$.subscribe({ next: (state) => log.push(state), complete: () => log.push('complete') });
    return log;
  };

  it("emits a signal's value, its changes with the effects, and completes with the injector", () => {
    const consent = signal<ConsentState>('unknown');
    const injector = injectorOf(consent);
    const log = logOf(injector);
    consent.set('granted');
    expect(log).to.deep.equal(['unknown']);
    TestBed.tick();
    injector.destroy();
    consent.set('denied');
    TestBed.tick();
    expect(log).to.deep.equal(['unknown', 'granted', 'complete']);
  });

  it('emits a changed value once if it is read before the effects run', () => {
    const consent = signal<ConsentState>('granted');
    const injector = injectorOf(consent);
    const log = logOf(injector);
    const { read } = injector.get(FEATURE_CONSENT);
    read?.();
    consent.set('denied');
    read?.();
    read?.();
    TestBed.tick();
    expect(log).to.deep.equal(['granted', 'denied']);
    injector.destroy();
  });

  it('treats a signal without a value as unknown consent', () => {
    const injector = injectorOf(signal(undefined as unknown as ConsentState));
    expect(logOf(injector)).to.deep.equal(['unknown']);
    injector.destroy();
  });

  it('passes an Observable on as it is', () => {
    const consent$ = of('granted' as const);
    const injector = injectorOf(consent$);
    expect(injector.get(FEATURE_CONSENT)).to.include({ consent$, read: undefined });
    injector.destroy();
  });

  it('calls a function once per injector, when its consent is first needed', () => {
    let calls = 0;
    const source = () => {
      calls += 1;
      return signal<ConsentState>('denied');
    };
    const injectors = [injectorOf(source), injectorOf(source)];
    expect(calls).to.equal(0);
    for (const injector of injectors) expect([logOf(injector), logOf(injector)]).to.deep.equal([['denied'], ['denied']]);
    expect(calls).to.equal(2);
    for (const injector of injectors) injector.destroy();
  });
});
