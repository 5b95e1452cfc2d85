import { TestBed } from '../support/angular.js';
import {
  HttpBackend,
  HttpClient,
  HttpEventType,
  HttpResponse,
  provideHttpClient,
  withInterceptors,
  type HttpEvent,
  type HttpInterceptorFn,
} from '@angular/common/http';
import { createEnvironmentInjector, EnvironmentInjector } from '@angular/core';
import { expect } from 'chai';
import { concat, EMPTY, NEVER, of, retry, throwError, type Observable } from 'rxjs';
import { provideTestCollector, TEST_COLLECTOR, type TestCollectorHandle } from '../../lib/angular/provide-test-collector.js';
import { withHttpTiming, type HttpTimingOptions } from '../../lib/angular/with-http-timing.js';
import type { PerformanceData } from '../../lib/event/payloads.js';
import { expectBalanced } from '../support/books.js';

describe('withHttpTiming', () => {
  const timed = (options: HttpTimingOptions = {}) =>
    provideTestCollector({ config: { categories: { performance: { sampling: { rate: 1 } } } } }, withHttpTiming(options));
  const backendOf = (handle: () => Observable<HttpEvent<unknown>>) => ({ provide: HttpBackend, useValue: { handle } });
  const answered = (): Observable<HttpEvent<unknown>> => of(new HttpResponse({ status: 200 }));

  const configure = (handle = answered, options: HttpTimingOptions = {}, ...interceptors: HttpInterceptorFn[]) => {
    TestBed.configureTestingModule({
      providers: [provideHttpClient(withInterceptors(interceptors)), backendOf(handle), timed(options)],
    });
    return { http: TestBed.inject(HttpClient), test: TestBed.inject(TEST_COLLECTOR) };
  };
  const collected = ({ collector, sink }: TestCollectorHandle): string[] => {
    collector.flush();
    expectBalanced(collector);
    return sink.events.map(({ data }) => {
      const { tags } = data as PerformanceData;
      return ['url', 'status', 'outcome'].map((name) => tags[name]).join(' ');
    });
  };

  it('passes on events before the answer, and does not count them as one', () => {
    const { http, test } = configure(() => concat(of({ type: HttpEventType.Sent } as const), NEVER));
    const types: HttpEventType[] = [];
    const pending = http.get('/a', { observe: 'events' }).subscribe(({ type }) => types.push(type));
    expect([types, collected(test)]).to.deep.equal([[HttpEventType.Sent], []]);
    pending.unsubscribe();
    expect(collected(test)).to.deep.equal(['/a 0 cancelled']);
  });

  it('collects status 0 without an answer, also if the backend throws', () => {
    const broken = new Error('broken');
    const ends = [
      () => EMPTY,
      () => throwError(() => broken),
      () => {
        throw broken;
      },
    ];
    const seen = ends.map((handle) => {
      TestBed.resetTestingModule();
      const { http, test } = configure(handle);
      const errors: unknown[] = [];
      http.get('/a').subscribe({ error: (error: unknown) => errors.push(error) });
      return [...collected(test), ...errors];
    });
    expect(seen).to.deep.equal([['/a 0 ok'], ['/a 0 error', broken], ['/a 0 error', broken]]);
  });

  it('times each repetition by an interceptor, and no request that an interceptor answers', () => {
    let failures = 2;
    const flaky = (): Observable<HttpEvent<unknown>> => {
      failures -= 1;
      return failures < 0 ? answered() : throwError(() => new Error('busy'));
    };
    const cached: HttpInterceptorFn = (request, next) => (request.url === '/cached' ? answered() : next(request));
    const { http, test } = configure(flaky, {}, cached, (request, next) => next(request).pipe(retry(2)));
    http.get('/cached').subscribe();
    http.get('/a').subscribe();
    expect(collected(test)).to.deep.equal(['/a 0 error', '/a 0 error', '/a 200 ok']);
  });

  it('collects the URL that toUrl returns', () => {
    const { http, test } = configure(answered, { toUrl: (url) => url.replace(/\d+/, ':id') });
    http.get('/orders/17').subscribe();
    expect(collected(test)).to.deep.equal(['/orders/:id 200 ok']);
  });

  it("times the requests of a lazy route's own HttpClient for its own collector, otherwise for the application's", () => {
    const { test } = configure();
    const parent = TestBed.inject(EnvironmentInjector);
    const own = createEnvironmentInjector([provideHttpClient(), backendOf(answered), timed()], parent);
    const shared = createEnvironmentInjector([timed()], parent);
    own.get(HttpClient).get('/own').subscribe();
    shared.get(HttpClient).get('/shared').subscribe();
    const seen = [own.get(TEST_COLLECTOR), shared.get(TEST_COLLECTOR), test].map(collected);
    expect(seen).to.deep.equal([['/own 200 ok'], [], ['/shared 200 ok']]);
    for (const injector of [own, shared]) injector.destroy();
  });

  it('refuses invalid and unknown options', () => {
    for (const name of ['exclude', 'toUrl', 'scheduler']) {
      expect(() => withHttpTiming({ [name]: 5 })).to.throw(TypeError, `Expected \`${name}\` to be`);
    }
    expect(() => withHttpTiming({ excludes: () => true } as never)).to.throw(TypeError, 'exclude');
  });
});
