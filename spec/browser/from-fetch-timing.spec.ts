import { expect } from 'chai';
import { fromFetchTiming, type FromFetchTimingOptions } from '../../lib/browser/index.js';

/** What the browser reports of a request. */
interface Timing {
  readonly name: string;
  readonly duration: number;
  readonly initiatorType: string;
  readonly responseStatus?: number;
}

/** A page whose requests the test reports. */
class FakeTimedPage {
  readonly location = { href: 'https://shop.example/cart' };
  readonly observers = new Set<(entries: readonly Timing[]) => void>();
  readonly observed: unknown[] = [];
  readonly PerformanceObserver: typeof PerformanceObserver;

  constructor() {
    const { observers, observed } = this;
    this.PerformanceObserver = class {
      readonly #report: (entries: readonly Timing[]) => void;

      constructor(callback: (list: { getEntries(): readonly Timing[] }) => void) {
        this.#report = (entries) => {
          callback({ getEntries: () => entries });
        };
      }

      observe(options: unknown): void {
        observed.push(options);
        observers.add(this.#report);
      }

      disconnect(): void {
        observers.delete(this.#report);
      }
    } as never;
  }

  report(...entries: readonly Timing[]): void {
    for (const observer of this.observers) observer(entries);
  }
}

const request = (name: string, more?: Partial<Timing>): Timing => ({ name, duration: 12.5, initiatorType: 'fetch', ...more });

describe('fromFetchTiming', () => {
  let page: FakeTimedPage;

  beforeEach(() => {
    page = new FakeTimedPage();
  });

  /** The URLs of the reported ones of these requests. */
  function urls(names: readonly string[], options?: FromFetchTimingOptions): (string | undefined)[] {
    const seen: (string | undefined)[] = [];
    fromFetchTiming({ window: page, ...options }).subscribe(({ data }) => seen.push(data.tags.url));
    page.report(...names.map((name) => request(name)));
    return seen;
  }

  it('reports requests by fetch and XMLHttpRequest, and no other resource', () => {
    const seen: unknown[] = [];
    fromFetchTiming({ window: page }).subscribe((event) => seen.push(event));
    expect(page.observed).to.deep.equal([{ type: 'resource', buffered: true }]);
    page.report(
      request('https://api.example/a?token=1#b', { responseStatus: 404 }),
      request('https://shop.example/logo.png', { initiatorType: 'img' }),
      request('https://shop.example/events', { initiatorType: 'beacon' }),
      request('https://shop.example/b', { initiatorType: 'xmlhttprequest' }),
    );
    const measured = (tags: object) => ({
      type: 'network_latency',
      category: 'performance',
      data: { metric: 'http_request', value: 12.5, unit: 'ms', tags },
    });
    expect(seen).to.deep.equal([
      measured({ url: 'https://api.example/a', initiator: 'fetch', status: '404' }),
      measured({ url: 'https://shop.example/b', initiator: 'xmlhttprequest' }),
    ]);
  });

  it('ignores origins and paths, with everything below them', () => {
    const names = ['events', 'events/', 'events/1?a', 'eventsource', 'a/events'].map((path) => `https://shop.example/${path}`);
    expect(urls(names, { ignore: ['/events'] })).to.deep.equal(names.slice(3));
    expect(urls(names, { ignore: ['https://shop.example/events/'] })).to.deep.equal(names.slice(3));
    expect(urls([...names, 'https://other.example/'], { ignore: ['https://shop.example'] })).to.deep.equal(['https://other.example/']);
  });

  it('reports URLs in the form of toUrl, and leaves out those for which it throws', () => {
    const toUrl = ({ pathname, search }: URL): string => {
      if (pathname === '/secret') throw new Error('Secret');
      return pathname + search;
    };
    expect(urls(['https://shop.example/secret', 'https://shop.example/a?b', 'no URL'], { toUrl })).to.deep.equal(['/a?b']);
  });

  it('observes while subscribed', () => {
    const timings$ = fromFetchTiming({ window: page });
    expect(page.observers.size).to.equal(0);
    const subscription = timings$.subscribe();
    expect(page.observers.size).to.equal(1);
    subscription.unsubscribe();
    expect(page.observers.size).to.equal(0);
  });

  it('completes immediately without a page or an observer', () => {
    let completed = 0;
    const complete = (): number => (completed += 1);
    fromFetchTiming().subscribe({ complete });
    fromFetchTiming({ window: { location: page.location } }).subscribe({ complete });
    expect(completed).to.equal(2);
  });

  it('throws for invalid options', () => {
    expect(() => fromFetchTiming({ ignore: ['http://'] })).to.throw(TypeError, 'Expected `ignore` to be an array of URLs, got an array');
    expect(() => fromFetchTiming({ ignores: [] } as object)).to.throw(TypeError, 'Did you mean `ignore`?');
  });
});
