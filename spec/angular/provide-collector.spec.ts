import { TestBed } from '../support/angular.js';
import {
  ApplicationRef,
  createEnvironmentInjector,
  effect,
  EnvironmentInjector,
  inject,
  InjectionToken,
  NgZone,
  provideZoneChangeDetection,
  signal,
  type EnvironmentProviders,
} from '@angular/core';
import { expect } from 'chai';
import { BehaviorSubject, NEVER, of, Subject, take, type Observable } from 'rxjs';
import {
  COLLECTOR,
  EVENT_COLLECTOR,
  injectCollector,
  injectEvents,
  injectStats,
  injectTrack,
  provideCollector,
  provideEventCollector,
  provideTestCollector,
  TEST_COLLECTOR,
  withConsent,
  withSinks,
} from '../../lib/angular/index.js';
import type { CollectorFeature } from '../../lib/collector/collector-context.js';
import { EventCollector } from '../../lib/collector/event-collector.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import { withConsent as withConsent$ } from '../../lib/features/with-consent.js';
import { withDiagnostics, type WithDiagnostics } from '../../lib/features/with-diagnostics.js';
import { withEnrichers } from '../../lib/features/with-enrichers.js';
import { withPolicy } from '../../lib/features/with-policy.js';
import { withRedaction } from '../../lib/features/with-redaction.js';
import { withRuntimeSinks, type WithRuntimeSinks } from '../../lib/features/with-runtime-sinks.js';
import { withStats } from '../../lib/features/with-stats.js';
import { redaction } from '../../lib/index.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalancedStats } from '../support/books.js';

type Signup = AnalyticsEvent<'signed_up', { readonly plan: string }>;

const configure = (...providers: EnvironmentProviders[]): void => {
  TestBed.resetTestingModule();
  TestBed.configureTestingModule({ providers });
};
const thrownBy = (work: () => unknown): string => {
  try {
    work();
    return 'nothing';
  } catch (error) {
    return String(error);
  }
};

const PROVIDERS = { provideCollector, provideEventCollector };

for (const [name, provide] of Object.entries(PROVIDERS)) {
  describe(`${name} with features of createCollector`, () => {
    it('adds them, with their members', async () => {
      const sink = new MemorySink();
      const version = (event: AnalyticsEvent): AnalyticsEvent => ({ ...event, metadata: { ...event.metadata, appVersion: '1.2.0' } });
      // An EventCollector has diagnostics already.
      const more = name === 'provideCollector' ? [withDiagnostics()] : [];
      configure(provide({ sinks: [sink] }, withRedaction([redaction.email()]), withEnrichers(version), ...more));
      const collector = TestBed.runInInjectionContext(() => injectCollector<Signup, [WithDiagnostics]>());
      const seen: string[] = [];
      collector.diagnostics$.subscribe(({ type }) => seen.push(type));
      collector.track('signed_up', { plan: 'for ada@example.org' });
      collector.collect({ type: '' } as never);
      await collector.flush();
      expect(seen).to.deep.equal(['loss', 'flush']);
      expect(sink.events.map(({ data, metadata }) => [data, metadata.appVersion])).to.deep.equal([
        [{ plan: 'for [redacted:email]' }, '1.2.0'],
      ]);
      expectBalancedStats(collector.stats());
    });

    it('calls them in the injection context', () => {
      const CONSENT = new InjectionToken<Observable<ConsentState>>('consent');
      configure(provide({ sinks: [] }, (context) => withConsent$(inject(CONSENT))(context)));
      TestBed.configureTestingModule({ providers: [{ provide: CONSENT, useValue: of('denied' as const) }] });
      expect(TestBed.inject(COLLECTOR).track('a')).to.equal('filtered');
    });

    it('runs methods and Observables that they add outside the zone, without signal dependencies', () => {
      const inZone: unknown[] = [];
      const version = signal(1);
      const feature: CollectorFeature<{ ping(): number; readonly ping$: Observable<number> }> = () => ({
        ping() {
          inZone.push(NgZone.isInAngularZone());
          return version();
        },
        ping$: of(1),
      });
      configure(provide({ sinks: [] }, feature), provideZoneChangeDetection());
      const collector = TestBed.runInInjectionContext(() => injectCollector<AnalyticsEvent, [ReturnType<typeof feature>]>());
      let runs = 0;
      TestBed.runInInjectionContext(() =>
        effect(() => {
          runs += 1;
          collector.ping();
        }),
      );
      TestBed.tick();
      version.set(2);
      TestBed.tick();
      TestBed.inject(NgZone).run(() => {
        collector.ping();
        collector.ping$.subscribe(() => inZone.push(NgZone.isInAngularZone()));
      });
      expect([runs, ...inZone]).to.deep.equal([1, false, false, false]);
    });

    it('names an invalid one by its position', () => {
      expect(thrownBy(() => provide({}, withStats(), 'withSinks' as never))).to.equal(
        "TypeError: Expected `features[1]` to be a feature, such as `withSinks(…)`, got `'withSinks'` (string)",
      );
    });

    it('types them by the events', () => {
      const sink = new MemorySink<Signup>();
      configure(
        provide<Signup>(
          { sinks: [sink] },
          withEnrichers((event) => ({ ...event, data: { plan: event.data.plan.toUpperCase() } })),
        ),
      );
      const seen: string[] = [];
      const collector = TestBed.runInInjectionContext(() => injectCollector<Signup>());
      collector.events$.subscribe(({ data }) => seen.push(data.plan));
      collector.track('signed_up', { plan: 'pro' });
      expect(seen).to.deep.equal(['PRO']);
      // @ts-expect-error a plan is a string
      collector.track('signed_up', { plan: 1 });
      // @ts-expect-error without withDiagnostics
      expect(collector.diagnostics).to.equal(undefined);
    });

    it('refuses two sources of consent', () => {
      configure(provide({}, withConsent(of('granted' as const)), withConsent$(of('denied'))));
      expect(thrownBy(() => TestBed.inject(COLLECTOR))).to.include('The feature `withConsent` was passed twice');
    });

    for (const [source, feature] of [
      ["Angular's withConsent", withConsent],
      ["the core's withConsent", withConsent$],
    ] as const) {
      it(`is stable after consent was emitted inside the zone, by ${source}`, () => {
        const consent$ = new BehaviorSubject<ConsentState>('unknown');
        const inZone: boolean[] = [];
        const sink: EventSink = {
          name: 'noting',
          process: () => {
            inZone.push(NgZone.isInAngularZone());
          },
        };
        configure(provideZoneChangeDetection(), provide({ sinks: [sink] }, feature(consent$)));
        const zone = TestBed.inject(NgZone);
        const collector = zone.run(() => TestBed.inject(COLLECTOR));
        collector.events$.subscribe(() => inZone.push(NgZone.isInAngularZone()));
        zone.run(() => {
          collector.track('held');
          collector.collect({ type: 'urgent', priority: 'critical' });
          consent$.next('granted');
        });
        expect(inZone).to.deep.equal([false, false, false]);
        expect([zone.hasPendingMacrotasks, zone.isStable]).to.deep.equal([false, true]);
      });
    }
  });
}

describe('provideCollector', () => {
  it('provides a collector without the features of EventCollector', () => {
    configure(provideCollector({ sinks: [] }));
    const collector = TestBed.inject(COLLECTOR);
    expect(collector).not.to.be.instanceOf(EventCollector);
    expect(collector).not.to.have.property('diagnostics$');
    expect(TestBed.runInInjectionContext(() => injectTrack<Signup>())('signed_up', { plan: 'pro' })).to.equal('accepted');
    expect(TestBed.runInInjectionContext(() => injectCollector())).to.equal(collector);
  });

  it('provides no EventCollector, and no ledger as a signal without withStats', () => {
    configure(provideCollector({ sinks: [] }));
    expect([
      thrownBy(() => TestBed.inject(EVENT_COLLECTOR)),
      thrownBy(() => TestBed.runInInjectionContext(() => injectStats())),
    ]).to.deep.equal([
      'Error: `provideCollector` provides no EventCollector: use `injectCollector()`, or `provideEventCollector`',
      'Error: `injectStats` needs the feature `withStats()` of `provideCollector`',
    ]);
  });

  it('returns its ledger as a signal with withStats', async () => {
    configure(provideCollector({ sinks: [] }, withStats()));
    const stats = TestBed.runInInjectionContext(() => injectStats());
    const collector = TestBed.inject(COLLECTOR);
    collector.track('a');
    await collector.shutdown();
    expect(stats().eventsReceived).to.equal(1);
  });

  it('calls functions for options and sinks in the injection context', async () => {
    const NAME = new InjectionToken<string>('name');
    const sinks = ['first', 'second'].map((name) => new MemorySink({ name }));
    configure(
      provideCollector(
        () => ({ sinks: sinks.slice(0, 1), sessionId: inject(NAME) }),
        withSinks(() => (inject(NAME) === 'injected' ? sinks.slice(1) : [])),
      ),
    );
    TestBed.configureTestingModule({ providers: [{ provide: NAME, useValue: 'injected' }] });
    const collector = TestBed.inject(COLLECTOR);
    const seen: string[] = [];
    TestBed.runInInjectionContext(() => injectEvents().subscribe(({ type }) => seen.push(type)));
    collector.track('a');
    await collector.flush();
    expect(seen).to.deep.equal(['a']);
    for (const { events } of sinks) expect(events.map(({ sessionId }) => sessionId)).to.deep.equal(['injected']);
  });

  it('refuses invalid and unknown options', () => {
    expect(thrownBy(() => provideCollector(null as never))).to.include('Expected `options` to be an object or a function, got `null`');
    configure(provideCollector({ config: {} } as never));
    expect(thrownBy(() => TestBed.inject(COLLECTOR))).to.include('TypeError: Unknown option `config`');
  });

  it('shuts down with its injector, and delivers pending events', () => {
    const sink = new MemorySink();
    configure(provideCollector({ sinks: [sink] }));
    const collector = TestBed.inject(COLLECTOR);
    collector.track('a');
    TestBed.resetTestingModule();
    expect([sink.events.length, collector.track('b')]).to.deep.equal([1, 'closed']);
  });

  it('is stable while events are pending, and after a sink was answered inside the zone', async () => {
    const answers = new Subject<void>();
    const hanging: EventSink = { name: 'hanging', process: () => NEVER };
    const answered: EventSink = { name: 'answered', process: () => answers.pipe(take(1)) };
    configure(
      provideZoneChangeDetection(),
      provideCollector(
        { sinks: [hanging], batch: { maxCount: 1 }, lane: { timeoutMs: 100, retry: { maxElapsedMs: 0, maxAttempts: 2 } } },
        withRuntimeSinks(),
      ),
    );
    const zone = TestBed.inject(NgZone);
    const collector = zone.run(() => TestBed.runInInjectionContext(() => injectCollector<AnalyticsEvent, [WithRuntimeSinks]>()));
    zone.run(() => {
      collector.registerSink(answered);
      collector.track('a');
      collector.track('b');
      collector.flush({ timeoutMs: 50 });
    });
    zone.run(() => {
      answers.next();
    });
    expect([zone.hasPendingMacrotasks, zone.isStable]).to.deep.equal([false, true]);
    await TestBed.inject(ApplicationRef).whenStable();
    expect(collector.stats().sinks['answered']).to.deep.include({ delivered: 1, pending: 1 });
    answers.next();
  });

  it('replaces an EventCollector that was provided before it, and is replaced by one provided after it', () => {
    configure(provideEventCollector({ sinks: [] }), provideCollector({ sinks: [] }));
    expect(TestBed.inject(COLLECTOR)).not.to.be.instanceOf(EventCollector);
    configure(provideCollector({ sinks: [] }), provideEventCollector({ sinks: [] }));
    expect(TestBed.inject(COLLECTOR)).to.equal(TestBed.inject(EVENT_COLLECTOR));
    configure(provideCollector({ sinks: [] }), provideTestCollector());
    expect(TestBed.inject(COLLECTOR)).to.equal(TestBed.inject(TEST_COLLECTOR).collector);
  });

  it('replaces the collector of a parent injector', () => {
    configure(provideEventCollector({ sinks: [] }));
    const route = createEnvironmentInjector([provideCollector({ sinks: [] })], TestBed.inject(EnvironmentInjector));
    expect(route.get(COLLECTOR)).not.to.equal(TestBed.inject(COLLECTOR));
    route.destroy();
  });
});

describe('COLLECTOR', () => {
  it('is the EVENT_COLLECTOR if an application provides only that token', () => {
    const collector = new EventCollector({ sinks: [] });
    TestBed.configureTestingModule({ providers: [{ provide: EVENT_COLLECTOR, useValue: collector }] });
    expect(TestBed.inject(COLLECTOR)).to.equal(collector);
  });
});

describe('provideEventCollector', () => {
  it('uses only its options for the policy', () => {
    configure(provideEventCollector({}, withPolicy({ enabled: false })));
    expect(thrownBy(() => TestBed.inject(EVENT_COLLECTOR))).to.include('An EventCollector has it already: use its options.');
  });
});
