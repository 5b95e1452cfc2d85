import { TestBed } from '../support/angular.js';
import {
  createEnvironmentInjector,
  EnvironmentInjector,
  NgZone,
  runInInjectionContext,
  type EnvironmentProviders,
  type Provider,
} from '@angular/core';
import { expect } from 'chai';
import { of } from 'rxjs';
import type { ProvidedFeature } from '../../lib/angular/event-collector-feature.js';
import { FEATURE_CONSENT, type FeatureConsent } from '../../lib/angular/feature-consent.js';
import { OWN_WORK_PROVIDER } from '../../lib/angular/own-work.js';
import { providedCollector } from '../../lib/angular/provided-collector.js';
import { withConsent } from '../../lib/angular/with-consent.js';
import { withSinks } from '../../lib/angular/with-sinks.js';
import type { CollectorFeature } from '../../lib/collector/collector-context.js';
import { createCollector, type Collector, type CreateCollectorOptions } from '../../lib/collector/collector.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';

describe('providedCollector', () => {
  const injectorOf = (...providers: readonly (Provider | EnvironmentProviders)[]): EnvironmentInjector =>
    createEnvironmentInjector([OWN_WORK_PROVIDER, ...providers], TestBed.inject(EnvironmentInjector));

  /** The arguments of `create`, and the number of shutdowns. */
  interface Created {
    readonly options: CreateCollectorOptions;
    readonly features: readonly CollectorFeature[];
    readonly consent: FeatureConsent | undefined;
    readonly isInZone: boolean;
    shutdowns: number;
  }
  const createdIn = (
    injector: EnvironmentInjector,
    given: CreateCollectorOptions | (() => CreateCollectorOptions),
    ...provided: readonly ProvidedFeature[]
  ): Created => {
    const all: Created[] = [];
    runInInjectionContext(injector, () =>
      providedCollector<AnalyticsEvent, CreateCollectorOptions, Collector>(given, provided, (options, features, consent) => {
        const created: Created = { options, features, consent, isInZone: NgZone.isInAngularZone(), shutdowns: 0 };
        all.push(created);
        const collector = createCollector({ sinks: [] });
        const shutdown = collector.shutdown.bind(collector);
        return Object.assign(collector, {
          shutdown: () => {
            created.shutdowns += 1;
            return shutdown();
          },
        });
      }),
    );
    const [created] = all;
    if (created === undefined || all.length !== 1) throw new Error('Expected one collector');
    return created;
  };
  const [a, b, c] = [new MemorySink({ name: 'a' }), new MemorySink({ name: 'b' }), new MemorySink({ name: 'c' })];

  it("appends the features' sinks to those of the options, in order", () => {
    const injector = injectorOf();
    const features = [withSinks(() => [b]), withSinks(() => [c])];
    expect(createdIn(injector, { sinks: [a] }, ...features).options.sinks).to.deep.equal([a, b, c]);
    expect(
      createdIn(
        injector,
        {},
        withSinks(() => []),
      ).options.sinks,
    ).to.deep.equal([]);
    injector.destroy();
  });

  it('leaves the sinks to the options without withSinks, and keeps the other options', () => {
    const injector = injectorOf();
    const sinks = [a];
    expect(createdIn(injector, { sinks }).options.sinks).to.equal(sinks);
    const options = { batch: { maxCount: 5 } };
    expect(createdIn(injector, options).options).to.deep.equal({ ...options, sinks: undefined });
    injector.destroy();
  });

  it("passes the core's features in order, after its own, to a creation outside of the zone", () => {
    const injector = injectorOf();
    const [first, second] = [() => ({}), () => ({})];
    const { features, isInZone } = TestBed.inject(NgZone).run(() =>
      createdIn(
        injector,
        {},
        first,
        withSinks(() => [a]),
        second,
      ),
    );
    expect(features).to.have.lengthOf(3);
    expect([features[1], features[2], isInZone]).to.deep.equal([first, second, false]);
    injector.destroy();
  });

  it('passes the consent of its injector, and ignores that of a parent', () => {
    const parent = injectorOf(...withConsent(of('denied' as const)).providers);
    const child = createEnvironmentInjector([], parent);
    expect(createdIn(parent, {}).consent).to.equal(parent.get(FEATURE_CONSENT));
    expect(createdIn(child, {}).consent).to.equal(undefined);
    parent.destroy();
  });

  it('shuts down once with its injector, and not again with the application', () => {
    const injector = injectorOf();
    const created = createdIn(injector, {});
    expect(created.shutdowns).to.equal(0);
    injector.destroy();
    TestBed.resetTestingModule();
    expect(created.shutdowns).to.equal(1);
  });

  it('refuses a function that returns no options', () => {
    const injector = injectorOf();
    for (const none of [undefined, null, 'sinks', () => ({})]) {
      expect(() => createdIn(injector, () => none as never)).to.throw(TypeError, 'Expected `options` to be an object');
    }
    injector.destroy();
  });
});
