import { TestBed } from '../support/angular.js';
import { DOCUMENT, Location } from '@angular/common';
import { provideLocationMocks } from '@angular/common/testing';
import { NavigationEnd, provideRouter, Router } from '@angular/router';
import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { provideTestCollector, TEST_COLLECTOR, type TestCollectorHandle } from '../../lib/angular/provide-test-collector.js';
import { withRouterEvents, type RouterEventsOptions, type RouteViewData } from '../../lib/angular/with-router-events.js';
import { expectBalanced } from '../support/books.js';

describe('withRouterEvents', () => {
  const aDocument = (referrer: string) =>
    Object.assign(new EventTarget(), {
      baseURI: 'https://app.example/',
      referrer,
      prerendering: false,
      defaultView: new EventTarget(),
    });
  const configure = (options: RouterEventsOptions = {}, referrer = '') => {
    const document = aDocument(referrer);
    const broken = (): never => {
      throw new Error('broken');
    };
    TestBed.configureTestingModule({
      providers: [
        provideLocationMocks(),
        provideRouter([
          { path: 'broken', resolve: { data: broken }, children: [] },
          { path: ':page', children: [] },
        ]),
        { provide: DOCUMENT, useValue: document },
        provideTestCollector({}, withRouterEvents(options)),
      ],
    });
    return { document, router: TestBed.inject(Router), test: TestBed.inject(TEST_COLLECTOR) };
  };
  const viewed = ({ collector, sink }: TestCollectorHandle): string[] => {
    collector.flush();
    expectBalanced(collector);
    return sink.events.map(({ data }) => {
      const { url, referrer, navigation } = data as RouteViewData;
      return `${navigation} ${url} from ${referrer}`;
    });
  };

  it('collects a step back in the history as `traverse`', async () => {
    const { router, test } = configure({ toUrl: ({ pathname }) => pathname });
    router.setUpLocationChangeListener();
    await router.navigateByUrl('/a');
    await router.navigateByUrl('/b');
    const ended = firstValueFrom(router.events.pipe(filter((event) => event instanceof NavigationEnd)));
    TestBed.inject(Location).back();
    await ended;
    expect(viewed(test)).to.deep.equal(['load /a from ', 'push /b from /a', 'traverse /a from /b']);
  });

  it('ignores a navigation that fails', async () => {
    const { router, test } = configure({ toUrl: ({ pathname }) => pathname });
    const failure = await router.navigateByUrl('/broken').catch((error: unknown) => error);
    expect(failure).to.be.an('error').with.property('message', 'broken');
    await router.navigateByUrl('/a');
    expect(viewed(test)).to.deep.equal(['load /a from ']);
  });

  it('collects a view without a referrer if toUrl throws for the referrer only', async () => {
    const toUrl = ({ host, pathname }: URL): string => {
      if (host !== 'app.example') throw new Error('Not ours');
      return pathname;
    };
    const { router, test } = configure({ toUrl }, 'https://search.example/?q=secret');
    await router.navigateByUrl('/a');
    expect(viewed(test)).to.deep.equal(['load /a from ']);
  });

  it('counts a page that is shown before its first navigation ends once, as `load`', async () => {
    const { document, router, test } = configure({ toUrl: ({ pathname }) => pathname });
    document.prerendering = true;
    const navigated = router.navigateByUrl('/a');
    document.prerendering = false;
    document.dispatchEvent(new Event('prerenderingchange'));
    await navigated;
    expect(viewed(test)).to.deep.equal(['load /a from ']);
  });

  it('collects nothing after the application has ended', async () => {
    const { document, router, test } = configure();
    await router.navigateByUrl('/a');
    TestBed.resetTestingModule();
    document.defaultView.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    const { eventsReceived, eventsClosed } = expectBalanced(test.collector);
    expect([eventsReceived, eventsClosed]).to.deep.equal([1, 0]);
  });

  it('refuses invalid and unknown options', () => {
    expect(() => withRouterEvents({ toUrl: '/a' as never })).to.throw(TypeError, 'Expected `toUrl` to be a function');
    expect(() => withRouterEvents({ toURL: () => '' } as never)).to.throw(TypeError, 'toUrl');
  });
});
