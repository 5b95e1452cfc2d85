import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, scriptOf } from '../support/chromium.js';
import { until } from '../support/until.js';

const BODY = `<!doctype html><title>Shop</title><h1>Shop</h1>
<a class="track" href="/elsewhere" data-plan="pro"><b>Buy</b></a> <i class="track">Not a link</i>`;

describe('measurements in Chromium', function () {
  this.timeout(60_000);

  let browser: Browser;
  let program: string;
  let page: Page;
  /** Bodies that were posted to `/events`. */
  let posted: string[];

  before(async function () {
    browser = await launchChromium(this);
    program = await scriptOf('spec/browser/vitals-program.ts');
  });

  after(() => (browser as Browser | undefined)?.close());

  beforeEach(async () => {
    posted = [];
    page = await browser.newPage();
    await page.route('https://shop.example/**', (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === '/broken') return route.abort();
      if (pathname === '/events') posted.push(route.request().postData() ?? '');
      if (pathname !== '/') return route.fulfill({ status: pathname === '/missing' ? 404 : 200, body: '{}' });
      return route.fulfill({ contentType: 'text/html', body: `${BODY}<script>${program}</script>` });
    });
    await page.goto('https://shop.example/?q=secret');
  });

  afterEach(() => page.close());

  const measured = (type: string): Promise<Record<string, unknown>[]> =>
    page.evaluate((wanted) => window.measured.filter((event) => event.type === wanted).map(({ data }) => data), type);

  it('reports the vitals of web-vitals when the page is hidden, to the sink as well', async () => {
    await until(async () => (await measured('web_vital')).some(({ metric }) => metric === 'FCP'));
    await page.click('i');
    // The browser reports an interaction some time after its paint: the page is hidden until it has been.
    await until(async () => {
      await page.evaluate(() => {
        for (const value of ['visible', 'hidden']) {
          Object.defineProperty(document, 'visibilityState', { value, configurable: true });
          document.dispatchEvent(new Event('visibilitychange'));
        }
      });
      return new Set((await measured('web_vital')).map(({ metric }) => metric)).size === 5;
    });
    const vitals = await measured('web_vital');
    expect(new Set(vitals.map(({ metric, unit }) => `${String(metric)} ${String(unit)}`))).to.deep.equal(
      new Set(['TTFB ms', 'FCP ms', 'LCP ms', 'INP ms', 'CLS score']),
    );
    for (const { value, tags } of vitals) {
      expect(value).to.be.a('number').and.at.least(0);
      expect(tags)
        .to.include({ url: 'https://shop.example/', navigationType: 'navigate' })
        .and.have.keys('rating', 'id', 'url', 'navigationType');
    }
    await page.evaluate(() => window.flush());
    expect(posted.join()).to.include('"metric":"LCP"');
  });

  it('times fetch and XMLHttpRequest, except what is ignored', async () => {
    await page.evaluate(async () => {
      await Promise.allSettled(['/data?token=1', '/missing', '/broken', '/ignored/1'].map((url) => fetch(url)));
      await new Promise((loaded) => {
        const request = new XMLHttpRequest();
        request.onload = loaded;
        request.open('GET', '/xhr#part');
        request.send();
      });
    });
    await until(async () => (await measured('network_latency')).length >= 3);
    await page.evaluate(() => window.flush());
    expect(posted).to.have.lengthOf(1);
    await page.evaluate(() => fetch('/last'));
    await until(async () => JSON.stringify(await measured('network_latency')).includes('/last'));
    const timings = await measured('network_latency');
    const tags = timings.map((timing) => timing.tags as Record<string, string>);
    const found = new Map(tags.map(({ url, ...others }) => [url, others]));
    // Chromium reports failed requests since version 109, with the status 0.
    expect(found.get('https://shop.example/broken')?.status ?? '0').to.equal('0');
    found.delete('https://shop.example/broken');
    expect(Object.fromEntries(found)).to.deep.equal({
      'https://shop.example/data': { initiator: 'fetch', status: '200' },
      'https://shop.example/missing': { initiator: 'fetch', status: '404' },
      'https://shop.example/xhr': { initiator: 'xmlhttprequest', status: '200' },
      'https://shop.example/last': { initiator: 'fetch', status: '200' },
    });
    for (const { value } of timings) expect(value).to.be.a('number').and.at.least(0);
  });

  it('reports middle clicks on links only', async () => {
    await page.click('b', { button: 'middle' });
    await page.click('i', { button: 'middle' });
    await page.click('b', { button: 'right' });
    await page.click('i');
    await until(async () => (await measured('element_clicked')).length >= 2);
    expect(await measured('element_clicked')).to.deep.equal([
      { tag: 'a', attributes: { 'data-plan': 'pro' }, button: 'middle' },
      { tag: 'i', attributes: {} },
    ]);
  });
});
