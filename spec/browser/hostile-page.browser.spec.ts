import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, scriptOf } from '../support/chromium.js';

describe('sources in a page that shadows what they read', function () {
  this.timeout(60_000);

  let browser: Browser;
  let program: string;
  let page: Page;

  before(async function () {
    browser = await launchChromium(this);
    program = await scriptOf('spec/browser/sources-program.ts');
  });

  after(() => (browser as Browser | undefined)?.close());

  afterEach(() => page.close());

  /** A page with this body, from an origin of its own, in which the sources are subscribed to. */
  async function open(body: string): Promise<void> {
    page = await browser.newPage();
    await page.route('https://shop.example/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<!doctype html><title>Shop</title>${body}<script>${program}</script>` }),
    );
    await page.goto('https://shop.example/cart', { referer: 'https://search.example/?q=secret' });
  }

  const seen = (type: string): Promise<unknown[]> =>
    page.evaluate((wanted) => window.seen.filter((event) => event.type === wanted).map(({ data }) => data), type);
  const ended = (): Promise<string | undefined> => page.evaluate(() => window.ended);

  // Each names a property that is read of an element: a form's fields shadow the form's own properties.
  for (const name of ['getAttributeNames', 'getAttribute', 'localName', 'matches', 'attributes', 'nodeType', 'tagName']) {
    it(`reads a click in a form with a field named ${name}`, async () => {
      await open(`<form class="track" id="pay" data-plan="pro"><input name="${name}"><b>Pay</b></form>`);
      await page.click('b');
      await page.click('b');
      expect(await ended()).to.equal(undefined);
      const click = { tag: 'form', attributes: { id: 'pay', 'data-plan': 'pro' } };
      expect(await seen('element_clicked')).to.deep.equal([click, click]);
    });
  }

  it('reads clicks and views of a document with images named like its properties', async () => {
    const names = ['addEventListener', 'removeEventListener', 'querySelector', 'referrer', 'prerendering', 'location', 'visibilityState'];
    await open(`${names.map((name) => `<img name="${name}">`).join('')}<b class="track">Pay</b>`);
    await page.click('b');
    expect(await ended()).to.equal(undefined);
    expect(await seen('element_clicked')).to.deep.equal([{ tag: 'b', attributes: {} }]);
    expect(await seen('page_viewed')).to.deep.equal([
      { url: 'https://shop.example/cart', referrer: 'https://search.example/', navigation: 'load' },
    ]);
  });

  it('reads views from the history where `window.navigation` is an element', async () => {
    page = await browser.newPage();
    // As in browsers without the Navigation API, where the name is free for elements.
    await page.addInitScript(() => Reflect.deleteProperty(window, 'navigation'));
    await page.route('https://shop.example/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<!doctype html><nav id="navigation"></nav><script>${program}</script>` }),
    );
    await page.goto('https://shop.example/');
    expect(await page.evaluate(() => (window.navigation as unknown) instanceof HTMLElement)).to.equal(true);
    await page.evaluate(() => {
      history.pushState(null, '', '/cart');
    });
    expect(((await seen('page_viewed')) as { url: string }[]).map(({ url }) => url)).to.deep.equal([
      'https://shop.example/',
      'https://shop.example/cart',
    ]);
  });

  it('loses an error that cannot be read, and none after it', async () => {
    await open('<b class="track">Pay</b>');
    await page.evaluate(() => {
      const promise = Promise.resolve();
      const unreadable = new PromiseRejectionEvent('unhandledrejection', { promise });
      Object.defineProperty(unreadable, 'reason', {
        get() {
          throw new Error('Not for you');
        },
      });
      window.dispatchEvent(unreadable);
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      window.dispatchEvent(new PromiseRejectionEvent('unhandledrejection', { promise, reason: proxy }));
      window.dispatchEvent(new PromiseRejectionEvent('unhandledrejection', { promise, reason: new Error('Read') }));
    });
    await page.click('b');
    expect(await ended()).to.equal(undefined);
    expect(((await seen('error_occurred')) as { message: string }[]).map(({ message }) => message).at(-1)).to.equal('Read');
    expect(await seen('element_clicked')).to.have.lengthOf(1);
  });
});
