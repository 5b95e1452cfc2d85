import { TestBed } from '../support/angular.js';
import {
  HttpBackend,
  HttpClient,
  HttpContext,
  HttpErrorResponse,
  HttpResponse,
  provideHttpClient,
  type HttpEvent,
  type HttpRequest,
} from '@angular/common/http';
import { DOCUMENT, HashLocationStrategy, Location, LocationStrategy, PlatformLocation } from '@angular/common';
import { MockPlatformLocation, provideLocationMocks } from '@angular/common/testing';
import {
  ApplicationRef,
  computed,
  createEnvironmentInjector,
  EnvironmentInjector,
  ErrorHandler,
  inject,
  PLATFORM_ID,
  signal,
} from '@angular/core';
import { provideRouter, Router } from '@angular/router';
import { expect } from 'chai';
import {
  concat,
  delay,
  first,
  lastValueFrom,
  map,
  NEVER,
  of,
  throwError,
  VirtualTimeScheduler,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import {
  EVENT_COLLECTOR,
  provideEventCollector,
  provideTestCollector,
  TEST_COLLECTOR,
  UNTIMED,
  withConsent,
  withErrorHandler,
  withHttpTiming,
  withPageLifecycle,
  withRouterEvents,
  withSinks,
  type RouteViewData,
  type TestCollectorHandle,
} from '../../lib/angular/index.js';
import type { ErrorData, PerformanceData } from '../../lib/event/payloads.js';
import type { ConsentState } from '../../lib/consent/consent-gate.js';
import { MemorySink } from '../../lib/sinks/memory-sink.js';
import { expectBalanced } from '../support/books.js';

/** Events that the test's sink has received. */
function arrived({ collector, sink }: TestCollectorHandle) {
  collector.flush();
  expectBalanced(collector);
  return sink.events.map(({ type, data }) => [type, data] as const);
}

describe('provideTestCollector', () => {
  it('delivers to memory, in virtual time', () => {
    TestBed.configureTestingModule({ providers: [provideTestCollector({ sessionId: 'test' })] });
    const { collector, sink, advance } = TestBed.inject(TEST_COLLECTOR);
    expect(TestBed.inject(EVENT_COLLECTOR)).to.equal(collector);
    collector.track('feature_used');
    advance(29_999);
    expect(sink.events).to.have.length(0);
    expect(() => {
      advance(NaN);
    }).to.throw(TypeError, 'Expected `ms` to be a finite number ≥ 0, got `NaN` (number)');
    advance(1);
    expect(sink.events.map(({ sessionId, timestamp }) => [sessionId, timestamp])).to.deep.equal([['test', 0]]);
  });

  it("replaces the application's collector and its sinks", () => {
    const real = new MemorySink({ name: 'real' });
    TestBed.configureTestingModule({
      providers: [
        provideEventCollector(
          {},
          withSinks(() => [real]),
        ),
        provideTestCollector(),
      ],
    });
    TestBed.inject(EVENT_COLLECTOR).track('feature_used');
    expect(arrived(TestBed.inject(TEST_COLLECTOR))).to.have.length(1);
    expect(real.events).to.deep.equal([]);
  });
});

describe('withErrorHandler', () => {
  class OwnHandler extends ErrorHandler {
    readonly handled: unknown[] = [];
    override handleError(error: unknown): void {
      this.handled.push(error);
    }
  }
  const own = { provide: ErrorHandler, useClass: OwnHandler };

  for (const [order, providers] of [
    ['before', [own, provideTestCollector({}, withErrorHandler())]],
    ['after', [provideTestCollector({}, withErrorHandler()), own]],
  ] as const) {
    it(`collects errors, and passes them to the application's handler, provided ${order} it`, () => {
      TestBed.configureTestingModule({ providers: [...providers] });
      const test = TestBed.inject(TEST_COLLECTOR);
      const handler = TestBed.inject<unknown>(ErrorHandler) as { readonly handled: unknown[] } & ErrorHandler;
      const error = new RangeError('out of it');
      handler.handleError(error);
      expect(handler.handled).to.deep.equal([error]);
      const [[type, data] = []] = arrived(test);
      expect(type).to.equal('error_occurred');
      expect(data).to.deep.include({ code: 'RangeError', message: 'out of it', component: 'angular', recovered: false });
      TestBed.resetTestingModule();
      handler.handleError(error);
      expect(test.collector.stats().eventsClosed).to.equal(0);
    });
  }
});

describe('withErrorHandler', () => {
  const collected = (thrown: unknown): unknown => {
    TestBed.configureTestingModule({
      providers: [{ provide: ErrorHandler, useValue: { handleError: () => undefined } }, provideTestCollector({}, withErrorHandler())],
    });
    TestBed.inject(ErrorHandler).handleError(thrown);
    return arrived(TestBed.inject(TEST_COLLECTOR)).map(([, data]) => (data as ErrorData).message);
  };

  it('collects the reason of a rejection that zone.js wrapped', () => {
    const rejection = new RangeError('out of it');
    const wrapped = Object.assign(new Error('Uncaught (in promise): RangeError: out of it'), { rejection, promise: {}, zone: {} });
    expect(collected(wrapped)).to.deep.equal(['out of it']);
  });

  it("ignores an error's own `rejection` property", () => {
    const refused = Object.assign(new Error('Payment refused'), { rejection: new Error('51') });
    expect(collected(refused)).to.deep.equal(['Payment refused']);
  });

  it('removes the query of a failed request', () => {
    const url = 'https://app.example/orders?token=$&';
    expect(collected(new HttpErrorResponse({ status: 503, statusText: 'Busy', url }))).to.deep.equal([
      'Http failure response for https://app.example/orders: 503 Busy',
    ]);
  });

  it('accepts any thrown value', () => {
    const hostile = {
      promise: {},
      zone: {},
      get rejection() {
        throw new Error('Not this');
      },
    };
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const thrown of [undefined, null, 'text', hostile, revoked]) {
      TestBed.resetTestingModule();
      expect(collected(thrown)).to.have.lengthOf(1);
    }
  });
});

describe('withErrorHandler', () => {
  const aHandler = () => {
    const handler = {
      handled: 0,
      handleError: (): void => {
        handler.handled += 1;
      },
    };
    return handler;
  };
  const request = (handler: ErrorHandler): EnvironmentInjector =>
    createEnvironmentInjector(
      [{ provide: ErrorHandler, useValue: handler }, provideEventCollector({ sinks: [] }, withErrorHandler())],
      TestBed.inject(EnvironmentInjector),
    );

  it('wraps a shared handler once, and restores it', () => {
    const handler = aHandler();
    const { handleError } = handler;
    let earlier = request(handler);
    const first = earlier.get(EVENT_COLLECTOR);
    const wrapped = handler.handleError;
    for (let n = 0; n < 5; n += 1) {
      const later = request(handler);
      earlier.destroy();
      earlier = later;
    }
    expect(handler.handleError).to.equal(wrapped);
    handler.handleError();
    expect(earlier.get(EVENT_COLLECTOR).stats().eventsReceived).to.equal(1);
    earlier.destroy();
    handler.handleError();
    expect([handler.handled, handler.handleError, first.stats().eventsClosed]).to.deep.equal([2, handleError, 0]);
  });

  it('reuses its wrapper if other code has wrapped it', () => {
    const handler = aHandler();
    const one = request(handler);
    const { handleError } = handler;
    handler.handleError = () => {
      handleError();
    };
    one.destroy();
    const other = request(handler);
    handler.handleError();
    expect([handler.handled, other.get(EVENT_COLLECTOR).stats().eventsReceived]).to.deep.equal([1, 1]);
    other.destroy();
  });

  it('ignores a frozen handler', () => {
    const handler = Object.freeze({ handleError: () => undefined });
    const application = request(handler);
    expect(application.get(EVENT_COLLECTOR).track('feature_used')).to.equal('accepted');
    application.destroy();
  });

  it('calls the handler even if collecting throws', () => {
    const handler = aHandler();
    TestBed.configureTestingModule({
      providers: [{ provide: ErrorHandler, useValue: handler }, provideTestCollector({}, withErrorHandler())],
    });
    TestBed.inject(EVENT_COLLECTOR).collect = () => {
      throw new Error('broken');
    };
    expect(() => {
      handler.handleError();
    }).to.throw('broken');
    expect(handler.handled).to.equal(1);
  });
});

describe('a feature that is passed twice', () => {
  it('works once', async () => {
    const features = [withErrorHandler(), withRouterEvents(), withHttpTiming()];
    const config = { categories: { performance: { sampling: { rate: 1 } } } };
    TestBed.configureTestingModule({
      providers: [
        provideLocationMocks(),
        provideRouter([{ path: '', children: [] }]),
        provideHttpClient(),
        { provide: HttpBackend, useValue: { handle: () => of(new HttpResponse({ status: 200 })) } },
        { provide: ErrorHandler, useValue: { handleError: () => undefined } },
        {
          provide: DOCUMENT,
          useValue: Object.assign(new EventTarget(), { baseURI: 'https://app.example/', referrer: '', defaultView: null }),
        },
        provideEventCollector({ config }, ...features),
        provideTestCollector({ config }, ...features, withErrorHandler()),
      ],
    });
    const test = TestBed.inject(TEST_COLLECTOR);
    TestBed.inject(ErrorHandler).handleError(new Error('no'));
    await TestBed.inject(Router).navigateByUrl('/');
    TestBed.inject(HttpClient).get('/').subscribe();
    expect(arrived(test).map(([type]) => type)).to.deep.equal(['error_occurred', 'page_viewed', 'network_latency']);
  });
});

describe('withHttpTiming', () => {
  /** Answers after 40 virtual milliseconds, with the status in the URL. */
  const scheduler = new VirtualTimeScheduler();
  const answer = ({ url }: HttpRequest<unknown>): Observable<HttpEvent<unknown>> => {
    if (url.includes('never')) return NEVER;
    const status = Number(/\d+/.exec(url)?.[0] ?? 200);
    const result$ = status < 400 ? of(new HttpResponse({ status, url })) : throwError(() => new HttpErrorResponse({ status, url }));
    return concat(of(null).pipe(delay(40, scheduler)), result$) as Observable<HttpEvent<unknown>>;
  };
  const configure = (
    options: Parameters<typeof withHttpTiming>[0] = {},
    ...more: Parameters<typeof provideTestCollector>[1][]
  ): { http: HttpClient; test: TestCollectorHandle } => {
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        { provide: HttpBackend, useValue: { handle: answer } },
        provideTestCollector(
          { config: { categories: { performance: { sampling: { rate: 1 } } } } },
          withHttpTiming({ scheduler, ...options }),
          ...more,
        ),
      ],
    });
    return { http: TestBed.inject(HttpClient), test: TestBed.inject(TEST_COLLECTOR) };
  };
  const measured = (test: TestCollectorHandle): unknown[] => arrived(test).map(([, data]) => data);
  const outcomes = (test: TestCollectorHandle): string[] =>
    measured(test).map((data) => {
      const { tags } = data as PerformanceData;
      return ['method', 'url', 'outcome'].map((name) => tags[name]).join(' ');
    });

  it('times answers, failures and cancelled requests, without their queries', () => {
    const { http, test } = configure();
    http.get('/things/200?secret=1').subscribe();
    http.post('/things/503', {}).subscribe({ error: () => undefined });
    const pending = http.get('/never').subscribe();
    scheduler.flush();
    pending.unsubscribe();
    const sample = (value: number, tags: object): object => ({ metric: 'http_request', value, unit: 'ms', tags });
    expect(measured(test)).to.deep.equal([
      sample(40, { method: 'GET', url: '/things/200', status: '200', outcome: 'ok' }),
      sample(40, { method: 'POST', url: '/things/503', status: '503', outcome: 'error' }),
      sample(40, { method: 'GET', url: '/never', status: '0', outcome: 'cancelled' }),
    ]);
  });

  it('counts an answer as success if its consumer unsubscribes then', () => {
    const { http, test } = configure();
    http.get('/200').pipe(first()).subscribe();
    scheduler.flush();
    expect(outcomes(test)).to.deep.equal(['GET /200 ok']);
  });

  it("doesn't include the time that consumers take", () => {
    const { http, test } = configure();
    const takingItsTime = (): void => {
      scheduler.frame += 500;
    };
    http.get('/200').subscribe(takingItsTime);
    http.get('/503').subscribe({ error: takingItsTime });
    scheduler.flush();
    expect(measured(test).map((data) => (data as PerformanceData).value)).to.deep.equal([40, 40]);
  });

  it('collects no negative time when the wall clock is set back', () => {
    let shift = 0;
    const stepped: SchedulerLike = { now: () => scheduler.now() + shift, schedule: scheduler.schedule.bind(scheduler) };
    const { http, test } = configure({ scheduler: stepped });
    http.get('/200').subscribe();
    shift = -3_600_000;
    scheduler.flush();
    expect(measured(test).map((data) => (data as PerformanceData).value)).to.deep.equal([0]);
  });

  it('times each subscription', () => {
    const { http, test } = configure();
    const request$ = http.get('/200');
    expect(measured(test)).to.have.length(0);
    request$.subscribe();
    request$.subscribe();
    scheduler.flush();
    expect(measured(test)).to.have.length(2);
  });

  it('leaves out excluded requests', () => {
    const { http, test } = configure({ exclude: ({ url }) => url.startsWith('/health') });
    http.get('/health/200').subscribe();
    http.get('/200', { context: new HttpContext().set(UNTIMED, true) }).subscribe();
    scheduler.flush();
    expect(measured(test)).to.deep.equal([]);
  });

  it('collects nothing, but the request succeeds, if an option throws', () => {
    const broken = (): never => {
      throw new Error('broken');
    };
    const statuses: unknown[] = [];
    for (const options of [{ exclude: broken }, { toUrl: broken }]) {
      TestBed.resetTestingModule();
      const { http, test } = configure(options);
      http.get('/200', { observe: 'response' }).subscribe(({ status }) => statuses.push(status));
      scheduler.flush();
      expect(measured(test)).to.deep.equal([]);
    }
    expect(statuses).to.deep.equal([200, 200]);
  });

  it("never times requests of the collector's sinks", async () => {
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        { provide: HttpBackend, useValue: { handle: answer } },
        provideEventCollector(
          { config: { categories: { performance: { sampling: { rate: 1 } } } } },
          withHttpTiming(),
          withSinks(() => {
            const http = inject(HttpClient);
            return [
              { name: 'observable', process: () => http.post('/events/200', {}) },
              { name: 'promise', process: () => lastValueFrom(http.post('/events/200', {})) },
            ];
          }),
        ),
      ],
    });
    const collector = TestBed.inject(EVENT_COLLECTOR);
    collector.track('feature_used');
    const flushed = collector.flush();
    scheduler.flush();
    await flushed;
    const { eventsReceived, sinks } = expectBalanced(collector);
    expect([eventsReceived, sinks['observable']?.delivered, sinks['promise']?.delivered]).to.deep.equal([1, 1, 1]);
  });

  it("never times requests of another injector's sinks", () => {
    const { http, test } = configure();
    const sinks = [{ name: 'part', process: () => http.post('/events/200', {}) }];
    const part = createEnvironmentInjector([provideEventCollector({ sinks })], TestBed.inject(EnvironmentInjector));
    part.get(EVENT_COLLECTOR).track('feature_used');
    part.destroy();
    scheduler.flush();
    expect(measured(test)).to.deep.equal([]);
  });

  it('times the request for consent', () => {
    const { test } = configure(
      {},
      withConsent(() =>
        inject(HttpClient)
          .get('/consent/200')
          .pipe(map(() => 'granted' as const)),
      ),
    );
    test.collector.track('feature_used');
    scheduler.flush();
    test.collector.flush();
    expect(test.sink.events.map(({ type }) => type)).to.deep.equal(['feature_used', 'network_latency']);
  });

  it("doesn't fail a request that is answered while the collector is being created", () => {
    const backend = { handle: () => of(new HttpResponse({ status: 200, body: 'granted' })) };
    TestBed.configureTestingModule({
      providers: [
        provideHttpClient(),
        { provide: HttpBackend, useValue: backend },
        provideTestCollector(
          {},
          withHttpTiming(),
          withConsent(() => inject(HttpClient).get<ConsentState>('/consent')),
        ),
      ],
    });
    const test = TestBed.inject(TEST_COLLECTOR);
    test.collector.track('feature_used');
    expect(arrived(test)).to.deep.equal([['feature_used', undefined]]);
  });

  it("doesn't fail a request that ends after the application", () => {
    const { http } = configure();
    const pending = http.get('/never').subscribe();
    TestBed.resetTestingModule();
    expect(() => {
      pending.unsubscribe();
    }).not.to.throw();
  });
});

describe('withConsent', () => {
  it('applies a signal from the next event on, and to held events with the effects', () => {
    const consent = signal<ConsentState>('unknown');
    TestBed.configureTestingModule({ providers: [provideTestCollector({}, withConsent(consent))] });
    const { collector, sink } = TestBed.inject(TEST_COLLECTOR);
    expect(collector.track('a')).to.equal('accepted');
    consent.set('granted');
    TestBed.tick();
    collector.flush();
    expect(sink.events.map(({ type }) => type)).to.deep.equal(['a']);
    consent.set('denied');
    expect(collector.track('b')).to.equal('filtered');
    expectBalanced(collector);
  });

  it('accepts an Observable, and a function called in the injection context', () => {
    TestBed.configureTestingModule({
      providers: [
        provideTestCollector(
          {},
          withConsent(() => (inject(PLATFORM_ID) === 'browser' ? of('denied' as const) : NEVER)),
        ),
      ],
    });
    expect(TestBed.inject(EVENT_COLLECTOR).track('a')).to.equal('filtered');
  });

  it('treats consent as unknown while its signal throws, and reports the error once', async () => {
    const handled: unknown[] = [];
    const isBroken = signal(false);
    const broken = new Error('503');
    const consent = computed<ConsentState>(() => {
      if (isBroken()) throw broken;
      return 'granted';
    });
    TestBed.configureTestingModule({
      rethrowApplicationErrors: false,
      providers: [
        { provide: ErrorHandler, useValue: { handleError: (error: unknown) => handled.push(error) } },
        provideTestCollector({}, withConsent(consent), withErrorHandler()),
      ],
    });
    const test = TestBed.inject(TEST_COLLECTOR);
    TestBed.tick();
    isBroken.set(true);
    expect([test.collector.track('a'), test.collector.track('b')]).to.deep.equal(['accepted', 'accepted']);
    await TestBed.inject(ApplicationRef).whenStable();
    TestBed.tick();
    expect(handled).to.deep.equal([broken]);
    expect(arrived(test)).to.deep.equal([]);
    isBroken.set(false);
    TestBed.tick();
    expect(arrived(test).map(([type]) => type)).to.deep.equal(['a', 'b', 'error_occurred']);
  });

  it('refuses an invalid source', () => {
    for (const none of [undefined, null, {}, 'granted']) {
      expect(() => withConsent(none as never)).to.throw(
        TypeError,
        'Expected `consent` to be a signal, an Observable, or a function that returns',
      );
      TestBed.resetTestingModule();
      TestBed.configureTestingModule({
        providers: [
          provideTestCollector(
            {},
            withConsent(() => none as never),
          ),
        ],
      });
      expect(() => TestBed.inject(EVENT_COLLECTOR)).to.throw(TypeError, 'Expected `consent` to be a signal or an Observable, got');
    }
  });
});

describe('withRouterEvents', () => {
  const aDocument = () =>
    Object.assign(new EventTarget(), {
      baseURI: 'https://app.example/shop/?session=1',
      referrer: 'https://search.example/?q=secret',
      prerendering: false,
      defaultView: new EventTarget(),
    });
  const configure = (...more: object[]): { router: Router; test: TestCollectorHandle } => {
    TestBed.configureTestingModule({
      providers: [
        provideLocationMocks(),
        provideRouter([
          { path: '', children: [] },
          {
            path: 'orders',
            children: [
              { path: ':id', children: [] },
              { path: 'aside', outlet: 'aside', children: [] },
            ],
          },
          { path: 'popup', outlet: 'popup', children: [] },
          { path: 'old', redirectTo: 'orders/1' },
          { path: 'guarded', canActivate: [() => inject(Router).parseUrl('/orders/2')], children: [] },
          { path: 'closed', canActivate: [() => false], children: [] },
        ]),
        { provide: DOCUMENT, useFactory: aDocument },
        provideTestCollector({}, withRouterEvents()),
        ...more,
      ] as never[],
    });
    return { router: TestBed.inject(Router), test: TestBed.inject(TEST_COLLECTOR) };
  };
  const viewed = (test: TestCollectorHandle): unknown[] =>
    arrived(test).map(([, data]) => {
      const { url, navigation } = data as RouteViewData;
      return `${navigation} ${url}`;
    });

  it('collects a view for each new URL, with its route', async () => {
    const { router, test } = configure();
    await router.navigateByUrl('/');
    await router.navigateByUrl('/orders/17?token=secret');
    await router.navigateByUrl('/orders/17?page=2#end');
    await router.navigateByUrl('/closed');
    await router.navigateByUrl('/orders/18');
    const [home, first, second] = ['', 'orders/17', 'orders/18'].map((path) => `https://app.example/${path}`);
    const route = '/orders/:id';
    expect(arrived(test)).to.deep.equal([
      ['page_viewed', { url: home, referrer: 'https://search.example/', navigation: 'load', route: '/' }],
      ['page_viewed', { url: first, referrer: home, navigation: 'push', route }],
      ['page_viewed', { url: second, referrer: first, navigation: 'push', route }],
    ]);
  });

  it('ignores routes of named outlets', async () => {
    const { router, test } = configure();
    await router.navigateByUrl('/(popup:popup)');
    await router.navigateByUrl('/orders/(aside:aside)');
    await router.navigateByUrl('/orders/(17//aside:aside)');
    expect(arrived(test).map(([, data]) => (data as RouteViewData).route)).to.deep.equal(['/', '/orders', '/orders/:id']);
  });

  it('counts a redirect as one view of its target', async () => {
    const { router, test } = configure();
    await router.navigateByUrl('/old');
    await router.navigateByUrl('/guarded');
    await router.navigateByUrl('/orders/3', { replaceUrl: true });
    expect(viewed(test)).to.deep.equal([
      'load https://app.example/orders/1',
      'push https://app.example/orders/2',
      'replace https://app.example/orders/3',
    ]);
  });

  it('collects routes in the fragment without their query', async () => {
    const { router, test } = configure({ provide: LocationStrategy, useClass: HashLocationStrategy }, Location, {
      provide: PlatformLocation,
      useClass: MockPlatformLocation,
    });
    await router.navigateByUrl('/orders/17?token=secret');
    await router.navigateByUrl('/orders/18');
    expect(viewed(test)).to.deep.equal(['load https://app.example/shop/#/orders/17', 'push https://app.example/shop/#/orders/18']);
  });

  it('collects what toUrl returns, and nothing if it throws', async () => {
    const toUrl = ({ search }: URL): string => {
      if (search === '') throw new Error('No query');
      return search;
    };
    const { router, test } = configure(provideTestCollector({}, withRouterEvents({ toUrl })));
    await router.navigateByUrl('/orders/17');
    await router.navigateByUrl('/orders/17?page=2#end');
    expect(viewed(test)).to.deep.equal(['load ?page=2']);
  });

  it('counts a prerendered page when it is shown, and again when it is restored from the cache', async () => {
    const { router, test } = configure();
    const document = TestBed.inject<unknown>(DOCUMENT) as ReturnType<typeof aDocument>;
    document.prerendering = true;
    await router.navigateByUrl('/orders/17');
    expect(viewed(test)).to.deep.equal([]);
    document.prerendering = false;
    document.dispatchEvent(new Event('prerenderingchange'));
    document.defaultView.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }));
    document.defaultView.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    expect(viewed(test)).to.deep.equal(['load https://app.example/orders/17', 'restore https://app.example/orders/17']);
  });

  it('collects nothing on a server', async () => {
    const { router, test } = configure({ provide: PLATFORM_ID, useValue: 'server' });
    await router.navigateByUrl('/orders/17');
    expect(arrived(test)).to.deep.equal([]);
  });
});

describe('withPageLifecycle', () => {
  const aPage = () =>
    Object.assign(new EventTarget(), {
      document: Object.assign(new EventTarget(), { visibilityState: 'visible' }),
      navigator: { onLine: true },
    });

  it('flushes when the page is hidden, until the application ends', () => {
    const page = aPage();
    TestBed.configureTestingModule({ providers: [provideTestCollector({}, withPageLifecycle({ window: page }))] });
    const { collector, sink } = TestBed.inject(TEST_COLLECTOR);
    collector.track('feature_used');
    page.dispatchEvent(new Event('pagehide'));
    expect(sink.events).to.have.length(1);
  });

  it('touches no page on a server', () => {
    const page = new Proxy(
      {},
      {
        get: (_, name) => {
          throw new Error(`Touched ${String(name)}`);
        },
      },
    );
    TestBed.configureTestingModule({
      providers: [{ provide: PLATFORM_ID, useValue: 'server' }, provideTestCollector({}, withPageLifecycle({ window: page as never }))],
    });
    expect(TestBed.inject(EVENT_COLLECTOR).track('feature_used')).to.equal('accepted');
  });
});
