import { TestBed } from '../support/angular.js';
import {
  ApplicationRef,
  computed,
  createEnvironmentInjector,
  effect,
  EnvironmentInjector,
  InjectionToken,
  inject,
  NgZone,
  provideZoneChangeDetection,
  runInInjectionContext,
  signal,
  type EnvironmentProviders,
  type Signal,
} from '@angular/core';
import { expect } from 'chai';
import { BehaviorSubject, NEVER, of, Subject, take, VirtualTimeScheduler, type Observable } from 'rxjs';
import {
  EVENT_COLLECTOR,
  injectEventCollector,
  injectEvents,
  injectStats,
  injectTrack,
  provideEventCollector,
  provideTestCollector,
  withConsent,
  withHttpTiming,
  withRouterEvents,
  withSinks,
} from '../../lib/angular/index.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';

type Logout = AnalyticsEvent<'logged_out'>;
type Signup = AnalyticsEvent<'signed_up', { readonly plan: string }>;

describe('provideEventCollector', () => {
  it('creates one collector per application, when it is first injected', () => {
    let made = 0;
    TestBed.configureTestingModule({
      providers: [
        provideEventCollector(() => {
          made += 1;
          return { sinks: [] };
        }),
      ],
    });
    expect(made).to.equal(0);
    const collector = TestBed.inject(EVENT_COLLECTOR);
    expect(TestBed.runInInjectionContext(() => injectEventCollector())).to.equal(collector);
    expect(made).to.equal(1);
  });

  it('calls functions for options and sinks in the injection context', async () => {
    const NAME = new InjectionToken<string>('name');
    const [first, second, third] = ['first', 'second', 'third'].map((name) => new MemorySink({ name }));
    TestBed.configureTestingModule({
      providers: [
        { provide: NAME, useValue: 'injected' },
        provideEventCollector(
          () => ({ sinks: [first!], sessionId: inject(NAME) }),
          withSinks(() => (inject(NAME) === 'injected' ? [second!] : [])),
          withSinks(() => [third!]),
        ),
      ],
    });
    const collector = TestBed.inject(EVENT_COLLECTOR);
    collector.track('feature_used');
    await collector.flush();
    for (const sink of [first, second, third]) expect(sink?.events.map(({ sessionId }) => sessionId)).to.deep.equal(['injected']);
    expectBalanced(collector);
  });

  it('uses the options and sinks of the last one when provided twice, as for a server', () => {
    const [browser, server] = ['browser', 'server'].map((name) => new MemorySink({ name }));
    TestBed.configureTestingModule({
      providers: [
        provideEventCollector(
          { sessionId: 'browser' },
          withSinks(() => [browser!]),
          withConsent(of('granted' as const)),
        ),
        provideEventCollector(
          { sessionId: 'server' },
          withSinks(() => [server!]),
        ),
      ],
    });
    const collector = TestBed.inject(EVENT_COLLECTOR);
    expect([collector.sessionId, Object.keys(collector.stats().sinks)]).to.deep.equal(['server', ['server']]);
  });

  it('refuses invalid options, features and lists of sinks', () => {
    const refused = (provide: () => EnvironmentProviders): string => {
      TestBed.resetTestingModule();
      try {
        TestBed.configureTestingModule({ providers: [provide()] });
        TestBed.inject(EVENT_COLLECTOR);
        return 'nothing';
      } catch (error) {
        return error instanceof TypeError ? error.message : String(error);
      }
    };
    expect([
      refused(() => provideEventCollector(null as never)),
      refused(() => provideEventCollector(() => null as never)),
      refused(() => provideTestCollector(null as never)),
      refused(() => provideEventCollector({}, false as never)),
      refused(() => provideTestCollector({}, false as never)),
      refused(() => provideEventCollector({}, withSinks([new MemorySink()] as never))),
      refused(() =>
        provideEventCollector(
          {},
          withSinks(() => new MemorySink() as never),
        ),
      ),
      refused(() => provideEventCollector({}, withRouterEvents(null as never))),
      refused(() => provideEventCollector({}, withHttpTiming({ toURL: String } as never))),
    ]).to.deep.equal([
      'Expected `options` to be an object or a function, got `null`',
      'Expected `options` to be an object, got `null`',
      'Expected `options` to be an object, got `null`',
      'Expected `features[0]` to be a feature, such as `withSinks(…)`, got `false` (boolean)',
      'Expected `features[0]` to be a feature, such as `withSinks(…)`, got `false` (boolean)',
      'Expected `sinks` to be a function, got an array',
      'Expected `sinks()` to be an array, got an object',
      'Expected `options` to be an object, got `null`',
      'Unknown option `toURL`. Did you mean `toUrl`? Options: exclude, toUrl, scheduler',
    ]);
  });

  it('shuts down with its injector, and delivers pending events', () => {
    const sink = new MemorySink();
    TestBed.configureTestingModule({ providers: [provideEventCollector({ sinks: [sink] })] });
    const collector = TestBed.inject(EVENT_COLLECTOR);
    expect(collector.track('feature_used')).to.equal('accepted');
    TestBed.resetTestingModule();
    expect(sink.events).to.have.length(1);
    expect(collector.track('feature_used')).to.equal('closed');
    expectBalanced(collector);
  });

  it('shuts down in the background, within 30 seconds', () => {
    const scheduler = new VirtualTimeScheduler();
    TestBed.configureTestingModule({
      providers: [provideEventCollector({ scheduler, sinks: [{ name: 'hanging', process: () => NEVER }], lane: { timeoutMs: 60_000 } })],
    });
    const collector = TestBed.inject(EVENT_COLLECTOR);
    let isOver = false;
    collector.events$.subscribe({ complete: () => (isOver = true) });
    collector.track('feature_used');
    TestBed.resetTestingModule();
    expect([isOver, collector.stats().sinks['hanging']?.pending]).to.deep.equal([false, 1]);
    scheduler.flush();
    expect([isOver, scheduler.now()]).to.deep.equal([true, 30_000]);
    expect(expectBalanced(collector).sinks['hanging']?.droppedBy).to.deep.equal({ shutdown: 1 });
  });

  it('creates one collector per injector, as for each request to a server', () => {
    const providers = [provideEventCollector(() => ({ sinks: [] }))];
    const parent = TestBed.inject(EnvironmentInjector);
    const [one, other] = [1, 2].map(() => createEnvironmentInjector(providers, parent));
    expect(one?.get(EVENT_COLLECTOR)).not.to.equal(other?.get(EVENT_COLLECTOR));
    one?.destroy();
    expect(other?.get(EVENT_COLLECTOR).track('feature_used')).to.equal('accepted');
    other?.destroy();
  });

  it("shuts down with the application if its injector outlives it, as a lazy route's does", () => {
    const sink = new MemorySink();
    const route = createEnvironmentInjector([provideEventCollector({ sinks: [sink] })], TestBed.inject(EnvironmentInjector));
    const collector = route.get(EVENT_COLLECTOR);
    collector.track('feature_used');
    TestBed.resetTestingModule();
    expect(collector.track('feature_used')).to.equal('closed');
    expect(sink.events).to.have.length(1);
    route.destroy();
    expectBalanced(collector);
  });

  it("doesn't inherit sinks and consent of a parent injector's collector", () => {
    const [whole, part] = ['whole', 'part'].map((name) => new MemorySink({ name }));
    TestBed.configureTestingModule({
      providers: [
        provideEventCollector(
          {},
          withSinks(() => [whole!]),
          withConsent(of('denied' as const)),
        ),
      ],
    });
    TestBed.inject(EVENT_COLLECTOR);
    const injector = createEnvironmentInjector([provideEventCollector({ sinks: [part!] })], TestBed.inject(EnvironmentInjector));
    expect(injector.get(EVENT_COLLECTOR).track('feature_used')).to.equal('accepted');
    injector.destroy();
    expect([whole, part].map((sink) => sink?.events.length)).to.deep.equal([0, 1]);
  });

  it('types track by the events', () => {
    TestBed.configureTestingModule({ providers: [provideEventCollector({ sinks: [] })] });
    const track = TestBed.runInInjectionContext(() => injectTrack<Signup>());
    expect(track('signed_up', { plan: 'pro' })).to.equal('accepted');
    // @ts-expect-error a plan is a string
    track('signed_up', { plan: 1 });
    // @ts-expect-error there is no such event
    track('signed_down', { plan: 'pro' });
  });
});

describe('a collector in a zone', () => {
  const answering: EventSink = { name: 'answering', process: () => Promise.resolve() };
  const hanging: EventSink = { name: 'hanging', process: () => NEVER };
  /** A pending macrotask, like a request. */
  const requesting: EventSink = { name: 'requesting', process: () => new Promise((resolve) => setTimeout(resolve, 5)) };

  it('is stable while events are in an open batch, being sent, or in a back-off', async () => {
    const failing: EventSink = { name: 'failing', process: () => Promise.reject(new Error('no')) };
    TestBed.configureTestingModule({
      providers: [
        provideZoneChangeDetection(),
        provideEventCollector({
          sinks: [answering, hanging, failing, requesting],
          lane: { timeoutMs: 100, retry: { maxElapsedMs: 0, maxAttempts: 2 } },
        }),
      ],
    });
    const zone = TestBed.inject(NgZone);
    const collector = zone.run(() => TestBed.inject(EVENT_COLLECTOR));
    zone.run(() => {
      collector.track('feature_used');
      collector.flush({ timeoutMs: 50 });
      collector.track('feature_used');
    });
    expect([zone.hasPendingMacrotasks, zone.isStable]).to.deep.equal([false, true]);
    await TestBed.inject(ApplicationRef).whenStable();
    expect(collector.stats().sinks['hanging']?.pending).to.equal(1);
  });

  it('is stable while stats$ has subscribers', () => {
    TestBed.configureTestingModule({ providers: [provideZoneChangeDetection(), provideEventCollector({ sinks: [] })] });
    const zone = TestBed.inject(NgZone);
    const watch = zone.run(() => TestBed.inject(EVENT_COLLECTOR).stats$.subscribe());
    expect([zone.hasPendingMacrotasks, zone.isStable]).to.deep.equal([false, true]);
    watch.unsubscribe();
  });

  const SOURCES: readonly [
    source: string,
    provide: (sinks: readonly EventSink[], consent: Signal<ConsentState>, consent$: Observable<ConsentState>) => EnvironmentProviders,
  ][] = [
    ['a signal', (sinks, consent) => provideEventCollector({ sinks }, withConsent(consent))],
    ['an Observable', (sinks, _, consent$) => provideEventCollector({ sinks }, withConsent(consent$))],
    ['an option', (sinks, _, consent$) => provideEventCollector({ sinks, consent$ })],
  ];
  for (const [source, provide] of SOURCES) {
    it(`is stable after consent was emitted inside the zone, by ${source}`, () => {
      const consent = signal<ConsentState>('unknown');
      const consent$ = new BehaviorSubject<ConsentState>('unknown');
      const inZone: boolean[] = [];
      const noting: EventSink = {
        name: 'noting',
        process: () => {
          inZone.push(NgZone.isInAngularZone());
        },
      };
      TestBed.configureTestingModule({ providers: [provideZoneChangeDetection(), provide([noting], consent, consent$)] });
      const zone = TestBed.inject(NgZone);
      const collector = zone.run(() => TestBed.inject(EVENT_COLLECTOR));
      collector.events$.subscribe(() => inZone.push(NgZone.isInAngularZone()));
      const say = (state: ConsentState): void => {
        zone.run(() => {
          consent.set(state);
          consent$.next(state);
          TestBed.tick();
        });
      };
      zone.run(() => collector.track('feature_used'));
      say('granted');
      expect([zone.hasPendingMacrotasks, zone.isStable]).to.deep.equal([false, true]);
      say('unknown');
      zone.run(() => collector.collect({ type: 'feature_used', priority: 'critical' }));
      say('granted');
      expect(inZone).to.deep.equal([false, false, false]);
      say('unknown');
      zone.run(() => {
        collector.track('feature_used');
        consent.set('granted');
        consent$.next('granted');
        collector.track('feature_used');
      });
      expect([zone.hasPendingMacrotasks, zone.isStable]).to.deep.equal([false, true]);
    });
  }

  it('is stable after a sink was answered inside the zone', () => {
    const answers = new Subject<void>();
    const sink: EventSink = { name: 'answered', process: () => answers.pipe(take(1)) };
    TestBed.configureTestingModule({
      providers: [provideZoneChangeDetection(), provideEventCollector({ sinks: [sink], config: { batch: { maxCount: 1 } } })],
    });
    const zone = TestBed.inject(NgZone);
    const collector = zone.run(() => TestBed.inject(EVENT_COLLECTOR));
    zone.run(() => {
      collector.track('first');
      collector.track('second');
    });
    zone.run(() => {
      answers.next();
    });
    expect([zone.hasPendingMacrotasks, zone.isStable]).to.deep.equal([false, true]);
    expect(collector.stats().sinks['answered']).to.deep.include({ delivered: 1, pending: 1 });
    answers.next();
  });

  it('causes no change detection beyond that of the call itself', async () => {
    const count = async (providers: ReturnType<typeof provideEventCollector>[], work: () => void): Promise<number> => {
      TestBed.resetTestingModule();
      TestBed.configureTestingModule({ providers: [provideZoneChangeDetection(), ...providers] });
      const zone = TestBed.inject(NgZone);
      if (providers.length > 0) zone.run(() => TestBed.inject(EVENT_COLLECTOR));
      let rounds = 0;
      zone.onMicrotaskEmpty.subscribe(() => (rounds += 1));
      zone.run(work);
      await zone.runOutsideAngular(() => new Promise((resolve) => setTimeout(resolve, 30)));
      return rounds;
    };
    const without = await count([], () => undefined);
    const collecting = await count(
      [provideEventCollector({ sinks: [answering, requesting], config: { batch: { maxCount: 2, maxAgeMs: 5 } } })],
      () => {
        const collector = TestBed.inject(EVENT_COLLECTOR);
        for (let n = 0; n < 5; n += 1) collector.track('feature_used', n);
        collector.collectAsync({ type: 'feature_used' });
        collector.flush();
      },
    );
    expect(collecting).to.equal(without);
  });
});

describe('a collector among signals', () => {
  it('adds no dependency to an effect that collects', async () => {
    const plan = signal('free');
    TestBed.configureTestingModule({ providers: [provideEventCollector({ sinks: [], metadata: () => ({ plan: plan() }) })] });
    const collector = TestBed.inject(EVENT_COLLECTOR);
    let runs = 0;
    TestBed.runInInjectionContext(() =>
      effect(() => {
        runs += 1;
        collector.track('searched');
        collector.collectAsync({ type: 'searched' });
      }),
    );
    TestBed.tick();
    plan.set('pro');
    TestBed.tick();
    expect([runs, collector.stats().eventsReceived]).to.deep.equal([1, 2]);
    await collector.shutdown();
  });

  it('accepts events from effects and computed signals while its subscribers set signals', () => {
    TestBed.configureTestingModule({ providers: [provideEventCollector({ sinks: [] })] });
    const collector = TestBed.inject(EVENT_COLLECTOR);
    const seen = signal<readonly string[]>([]);
    TestBed.runInInjectionContext(() => {
      injectEvents().subscribe(({ type }) => {
        seen.set([...seen(), type]);
      });
      effect(() => {
        collector.track('shown');
      });
    });
    TestBed.tick();
    const price = computed(() => collector.track('computed'));
    expect(price()).to.equal('accepted');
    TestBed.tick();
    expect(seen()).to.deep.equal(['shown', 'computed']);
  });
});

describe('injectEvents', () => {
  it('emits live events, all or filtered, until its owner is destroyed', () => {
    TestBed.configureTestingModule({ providers: [provideEventCollector({ sinks: [] })] });
    const collector = TestBed.inject(EVENT_COLLECTOR);
    const owner = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    const seen: string[] = [];
    runInInjectionContext(owner, () => {
      injectEvents().subscribe({ next: ({ type }) => seen.push(`all ${type}`), complete: () => seen.push('end') });
      injectEvents(({ type }) => type === 'b').subscribe(({ type }) => seen.push(`some ${type}`));
    });
    collector.track('a');
    collector.track('b');
    owner.destroy();
    collector.track('c');
    runInInjectionContext(TestBed.inject(EnvironmentInjector), () => {
      const signups$ = injectEvents((event: Signup | Logout): event is Signup => event.type === 'signed_up');
      signups$.subscribe(({ data }) => seen.push(data.plan));
    });
    collector.track('signed_up', { plan: 'pro' });
    expect(seen).to.deep.equal(['all a', 'all b', 'some b', 'end', 'pro']);
  });
});

describe('injectStats', () => {
  it('returns the ledger as a signal, until its owner is destroyed', async () => {
    TestBed.configureTestingModule({ providers: [provideEventCollector({ sinks: [] })] });
    const collector = TestBed.inject(EVENT_COLLECTOR);
    const owner = createEnvironmentInjector([], TestBed.inject(EnvironmentInjector));
    const stats = runInInjectionContext(owner, () => injectStats());
    expect(stats().eventsReceived).to.equal(0);
    collector.track('feature_used');
    await collector.shutdown();
    expect(stats().eventsReceived).to.equal(1);
    owner.destroy();
  });
});
