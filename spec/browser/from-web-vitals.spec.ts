import { expect } from 'chai';
import * as webVitals from 'web-vitals';
import { fromWebVitals, type FromWebVitalsOptions, type WebVital } from '../../lib/browser/index.js';

const window = { location: { href: 'https://shop.example/cart?token=1#top' } };
const lcp: WebVital = { name: 'LCP', value: 1_234.5, rating: 'good', id: 'v5-1', navigationType: 'navigate' };

/** Functions that report what the test says. */
class Vitals {
  readonly reports: ((metric: WebVital) => void)[] = [];
  readonly options: unknown[] = [];
  readonly onLCP = (report: (metric: WebVital) => void, options?: unknown): void => {
    this.reports.push(report);
    this.options.push(options);
  };
  readonly onCLS = (): never => {
    throw new Error('Unknown browser');
  };

  report(metric: WebVital): void {
    for (const report of this.reports) report(metric);
  }
}

function seen(metric: WebVital, options?: FromWebVitalsOptions): unknown[] {
  const vitals = new Vitals();
  const events: unknown[] = [];
  fromWebVitals(vitals, { window, ...options }).subscribe((event) => events.push(event));
  vitals.report(metric);
  return events;
}

describe('fromWebVitals', () => {
  it('reports a metric as a measurement, with its rating and the page', () => {
    const tags = { rating: 'good', navigationType: 'navigate', id: 'v5-1', url: 'https://shop.example/cart' };
    expect(seen(lcp)).to.deep.equal([
      { type: 'web_vital', category: 'performance', data: { metric: 'LCP', value: 1_234.5, unit: 'ms', tags } },
    ]);
    expect(seen({ ...lcp, name: 'CLS', value: 0.1 })).to.have.nested.property('[0].data.unit', 'score');
    expect(seen({ ...lcp, navigationURL: 'https://shop.example/?a' })).to.have.nested.property(
      '[0].data.tags.url',
      'https://shop.example/',
    );
  });

  it('reports the URL in the form of toUrl, and none if that throws', () => {
    expect(seen(lcp, { toUrl: ({ hash }) => hash })).to.have.nested.property('[0].data.tags.url', '#top');
    const toUrl = (): never => {
      throw new Error('Invalid');
    };
    expect(seen(lcp, { toUrl })).to.have.nested.property('[0].data.tags').that.not.has.property('url');
  });

  it('leaves out unreadable metrics, and continues if a function throws', () => {
    expect(seen(undefined as never)).to.deep.equal([]);
  });

  it('registers at each subscription, and reports nothing after it ends', () => {
    const vitals = new Vitals();
    const vitals$ = fromWebVitals(vitals, { window, reportAllChanges: true });
    expect(vitals.reports).to.have.lengthOf(0);
    const events: unknown[] = [];
    const subscription = vitals$.subscribe((event) => events.push(event));
    expect(vitals.options).to.deep.equal([{ reportAllChanges: true }]);
    subscription.unsubscribe();
    vitals.report(lcp);
    expect(events).to.deep.equal([]);
  });

  it('accepts the package, and completes immediately without a page', () => {
    let isComplete = false;
    fromWebVitals(webVitals).subscribe({ complete: () => (isComplete = true) });
    expect(isComplete).to.equal(true);
  });

  it('throws for anything but the functions, and for invalid options', () => {
    for (const invalid of [undefined, {}, { onLCP: 1 }, () => undefined])
      expect(() => fromWebVitals(invalid as never)).to.throw(
        TypeError,
        "Expected `webVitals` to be the exports of 'web-vitals': onCLS, onFCP",
      );
    expect(() => fromWebVitals(webVitals, { toURL: 1 } as object)).to.throw(TypeError, 'Did you mean `toUrl`?');
  });
});
