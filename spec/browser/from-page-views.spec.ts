import { expect } from 'chai';
import { take } from 'rxjs';
import { fromPageViews, type PageViewData, type FromPageViewsOptions } from '../../lib/browser/index.js';
import { CountingTarget } from './fake-page.js';

/** A page that goes through addresses of its own, with or without the Navigation API. */
class FakeSite extends CountingTarget {
  readonly document = Object.assign(new CountingTarget(), { referrer: 'https://search.example/?q=secret', prerendering: false });
  readonly location = { href: 'https://example.org/?a=1' };
  readonly history: Pick<History, 'pushState' | 'replaceState'>;
  readonly navigation: (CountingTarget & { readonly currentEntry: unknown }) | undefined;

  constructor(hasNavigation: boolean) {
    super();
    if (hasNavigation) this.navigation = Object.assign(new CountingTarget(), { currentEntry: null });
    const move = (navigationType: string) => (_state: unknown, _title: string, url?: string | URL | null) => {
      this.go(navigationType, url ?? undefined);
    };
    // As in a browser, the methods are the prototype's.
    this.history = Object.create({ pushState: move('push'), replaceState: move('replace') }) as FakeSite['history'];
  }

  back(url: string): void {
    this.go('traverse', url);
    if (this.navigation === undefined) this.dispatchEvent(new Event('popstate'));
  }

  comeBack(persisted: boolean): void {
    this.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }));
  }

  get allListeners(): readonly string[] {
    return [...this.listeners, ...this.document.listeners, ...(this.navigation?.listeners ?? [])];
  }

  private go(navigationType: string, url: string | URL | undefined): void {
    if (url !== undefined) this.location.href = new URL(url, this.location.href).href;
    this.navigation?.dispatchEvent(Object.assign(new Event('currententrychange'), { navigationType }));
  }
}

describe('fromPageViews', () => {
  function watch(site: FakeSite, options: FromPageViewsOptions = {}): { views: PageViewData[]; stop: () => void } {
    const views: PageViewData[] = [];
    const subscription = fromPageViews({ window: site, ...options }).subscribe((event) => {
      expect(event).to.include({ type: 'page_viewed', category: 'usage' });
      views.push(event.data);
    });
    return {
      views,
      stop: () => {
        subscription.unsubscribe();
      },
    };
  }
  const inShort = (views: readonly PageViewData[]): string[] =>
    views.map(({ url, navigation }) => `${navigation} ${url.slice('https://'.length)}`);

  for (const hasNavigation of [true, false]) {
    describe(hasNavigation ? 'with the Navigation API' : 'with the History API alone', () => {
      let site: FakeSite;

      beforeEach(() => {
        site = new FakeSite(hasNavigation);
      });

      it('emits the first view and each later one, with its referrer', () => {
        const { views } = watch(site);
        site.history.pushState(null, '', '/a');
        site.history.replaceState(null, '', '/b');
        site.back('/a');
        expect(views).to.deep.equal([
          { url: 'https://example.org/', referrer: 'https://search.example/', navigation: 'load' },
          { url: 'https://example.org/a', referrer: 'https://example.org/', navigation: 'push' },
          { url: 'https://example.org/b', referrer: 'https://example.org/a', navigation: 'replace' },
          { url: 'https://example.org/a', referrer: 'https://example.org/b', navigation: 'traverse' },
        ]);
      });

      it('emits nothing for a navigation to an equal URL', () => {
        const { views } = watch(site);
        site.history.pushState(null, '', '/a');
        site.history.replaceState({ scrolled: 10 }, '');
        site.history.pushState(null, '', '/a?token=secret#top');
        site.back('/a');
        site.comeBack(false);
        expect(inShort(views)).to.deep.equal(['load example.org/', 'push example.org/a']);
      });

      it('reports URLs in the form of `toUrl`', () => {
        const { views } = watch(site, { toUrl: ({ pathname, hash }) => pathname + hash });
        site.history.pushState(null, '', '#/inbox');
        site.history.pushState(null, '', '#/sent');
        expect(views.map(({ url }) => url)).to.deep.equal(['/', '/#/inbox', '/#/sent']);
      });

      it('emits a view for a return from the back/forward cache', () => {
        const { views } = watch(site);
        site.comeBack(true);
        expect(inShort(views)).to.deep.equal(['load example.org/', 'restore example.org/']);
      });

      it('emits a view that the observer of the first one navigates to', () => {
        const views: PageViewData[] = [];
        const subscription = fromPageViews({ window: site }).subscribe(({ data }) => {
          views.push(data);
          if (views.length === 1) site.history.replaceState(null, '', '/home');
        });
        expect(views).to.deep.equal([
          { url: 'https://example.org/', referrer: 'https://search.example/', navigation: 'load' },
          { url: 'https://example.org/home', referrer: 'https://example.org/', navigation: 'replace' },
        ]);
        subscription.unsubscribe();
        expect(site.allListeners).to.deep.equal([]);
        expect(Object.keys(site.history)).to.deep.equal([]);
      });

      it('removes its listeners and patches after `take(1)`', () => {
        const views: PageViewData[] = [];
        fromPageViews({ window: site })
          .pipe(take(1))
          .subscribe(({ data }) => views.push(data));
        expect(inShort(views)).to.deep.equal(['load example.org/']);
        expect(site.allListeners).to.deep.equal([]);
        expect(Object.keys(site.history)).to.deep.equal([]);
      });

      it('waits until a prerendered page is shown', () => {
        site.document.prerendering = true;
        const { views } = watch(site);
        site.history.replaceState(null, '', '/a');
        expect(views).to.deep.equal([]);
        site.document.prerendering = false;
        site.document.dispatchEvent(new Event('prerenderingchange'));
        expect(inShort(views)).to.deep.equal(['load example.org/a']);
      });

      it('leaves out a view whose `toUrl` throws', () => {
        const { views } = watch(site, {
          toUrl: ({ pathname }) => {
            if (pathname === '/bad') throw new Error('bad');
            return pathname;
          },
        });
        site.history.pushState(null, '', '/bad');
        site.history.pushState(null, '', '/good');
        expect(views.map(({ url }) => url)).to.deep.equal(['/', '/good']);
      });

      it('removes its listeners and patches when unsubscribed', () => {
        const { stop } = watch(site);
        stop();
        expect(site.allListeners).to.deep.equal([]);
        expect(Object.keys(site.history)).to.deep.equal([]);
      });

      it('serves two subscriptions that end in any order', () => {
        const first = watch(site);
        const second = watch(site);
        site.history.pushState(null, '', '/a');
        first.stop();
        site.history.pushState(null, '', '/b');
        second.stop();
        site.history.pushState(null, '', '/c');
        expect([first, second].map(({ views }) => views.length)).to.deep.equal([2, 3]);
        expect(site.location.href).to.equal('https://example.org/c');
      });
    });
  }

  it('patches nothing if there is a Navigation API', () => {
    const site = new FakeSite(true);
    const { stop } = watch(site);
    expect(Object.keys(site.history)).to.deep.equal([]);
    stop();
  });

  it('reads `popstate` alone if the history is frozen', () => {
    const site = new FakeSite(false);
    Object.freeze(site.history);
    const { views, stop } = watch(site);
    site.back('/a');
    stop();
    expect(inShort(views)).to.deep.equal(['load example.org/', 'traverse example.org/a']);
  });

  it('keeps a later patch of the page', () => {
    const site = new FakeSite(false);
    const { views, stop } = watch(site);
    const ours = site.history.pushState;
    const theirs = function (this: History, ...args: Parameters<History['pushState']>): void {
      ours.apply(this, args);
    };
    site.history.pushState = theirs;
    stop();
    expect(site.history.pushState).to.equal(theirs);
    site.history.pushState(null, '', '/a');
    expect(site.location.href).to.equal('https://example.org/a');
    expect(views).to.have.lengthOf(1);
  });

  it('throws for invalid and unknown options', () => {
    expect(() => fromPageViews(5 as never)).to.throw(TypeError, 'Expected `options` to be an object, got `5` (number)');
    expect(() => fromPageViews({ url: String } as object)).to.throw(
      TypeError,
      'Unknown option `url`. Did you mean `toUrl`? Options: toUrl, window',
    );
  });

  it('completes immediately without a page', () => {
    let isComplete = false;
    fromPageViews().subscribe({ complete: () => (isComplete = true) });
    expect(isComplete).to.equal(true);
  });
});
