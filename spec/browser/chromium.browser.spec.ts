import { expect } from 'chai';
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { expectBalanced, expectBalancedStats } from '../support/books.js';
import { launchChromium } from '../support/chromium.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { PAGE, Site } from './site.js';
import { until } from '../support/until.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('in Chromium', function () {
  this.timeout(60_000);

  let browser: Browser;
  let tabs: CDPSession;
  let site: Site;
  let context: BrowserContext;
  let page: Page;

  before(async function () {
    browser = await launchChromium(this);
    tabs = await browser.newBrowserCDPSession();
  });

  after(() => (browser as Browser | undefined)?.close());

  beforeEach(async () => {
    site = await Site.open();
    context = await browser.newContext();
    page = await context.newPage();
  });

  afterEach(async () => {
    await context.close();
    await site.close();
    expectBalanced(site.collector);
  });

  /** The page's own ledger, which balances. */
  async function books(): Promise<ReturnType<typeof expectBalanced>> {
    const stats = await page.evaluate(() => window.collector.stats());
    expectBalancedStats(stats);
    return stats;
  }

  const arrived = async (count: number): Promise<boolean> => (await site.numbers()).length >= count;

  /** A tab whose visibility is not emulated. */
  const openTab = async (url: string): Promise<string> => (await tabs.send('Target.createTarget', { url })).targetId;
  const closeTab = async (targetId: string): Promise<unknown> => tabs.send('Target.closeTarget', { targetId });

  it('carries a click to the server', async () => {
    await page.goto(site.url('?clicks&views'));
    // A handler that stops the click hides nothing.
    await page.evaluate(() => {
      document.querySelector('button')?.addEventListener('click', (event) => {
        event.stopImmediatePropagation();
      });
    });
    await page.click('b');
    await page.evaluate(() => window.collector.flush());
    await site.collector.flush();
    expect(site.sink.events.map(({ type, category, data }) => ({ type, category, data }))).to.deep.equal([
      { type: 'page_viewed', category: 'usage', data: { url: site.url(), referrer: '', navigation: 'load' } },
      {
        type: 'element_clicked',
        category: 'usage',
        data: { tag: 'button', attributes: { 'data-track': '', 'data-plan': 'pro' } },
      },
    ]);
    expect((await books()).sinks.http).to.include({ offered: 2, delivered: 2 });
  });

  it('reports each view of a single-page application once', async () => {
    await page.goto(site.url('?views'));
    await page.evaluate(() => {
      history.pushState(null, '', '/a');
      history.replaceState({ scrolled: 1 }, '');
      history.pushState(null, '', '/b#top');
    });
    await page.goBack({ waitUntil: 'commit' });
    await page.evaluate(() => window.collector.flush());
    await site.collector.flush();
    expect(site.sink.events.map(({ data }) => data)).to.deep.equal([
      { url: site.url(), referrer: '', navigation: 'load' },
      { url: site.url('a'), referrer: site.url(), navigation: 'push' },
      { url: site.url('b'), referrer: site.url('a'), navigation: 'push' },
      { url: site.url('a'), referrer: site.url('b'), navigation: 'traverse' },
    ]);
  });

  it("collects a worker's events and counts them", async () => {
    await page.goto(site.url('?worker=1000'));
    await until(() => arrived(1_000));
    expect(await site.numbers()).to.deep.equal(upTo(1_000));
    await page.evaluate(() => window.collector.flush());
    expect((await books()).sinks.http).to.include({ offered: 1_000, delivered: 1_000 });
  });

  describe('delivers pending events', () => {
    it('when the page is left, with those that its last listeners collect', async () => {
      await page.goto(site.url('?events=50&last'));
      await page.click('a');
      await until(() => arrived(50));
      await until(() => site.sink.events.some(({ type }) => type === 'left'));
      expect(await site.numbers()).to.deep.equal(upTo(50));
    });

    it('when the page is left while the server has not answered yet', async () => {
      await page.goto(site.url());
      site.hold();
      await page.evaluate(() => {
        for (let n = 0; n < 105; n += 1) window.collector.track('counted', { n });
      });
      await until(() => site.held === 1);
      await page.click('a');
      await until(() => site.held === 2);
      site.admit();
      await until(() => arrived(105));
      expect(await site.numbers()).to.deep.equal(upTo(105));
    });

    it('when the tab is closed before the preflight request to another origin', async () => {
      const elsewhere = site.url('events').replace('127.0.0.1', 'localhost');
      await page.goto(site.url(`?events=10&to=${elsewhere}`));
      site.hold();
      await page.close();
      await until(() => site.held === 1);
      site.admit();
      await until(() => arrived(10));
      expect(await site.numbers()).to.deep.equal(upTo(10));
    });

    // Of 150 events, the first hundred show that the page has loaded.
    it('when the tab is hidden', async () => {
      const first = await openTab(site.url('?events=150'));
      await until(() => arrived(100));
      const second = await openTab(site.url('elsewhere'));
      await until(() => arrived(150));
      expect(await site.numbers()).to.deep.equal(upTo(150));
      await closeTab(first);
      await closeTab(second);
    });

    it('when the tab is closed', async () => {
      const tab = await openTab(site.url('?events=150'));
      await until(() => arrived(100));
      // Chromium closes a tab without `pagehide` as long as its browser process doesn't know the page's listeners. It asks for the icon after that.
      await until(() => site.requested.has('/favicon.ico'));
      await closeTab(tab);
      await until(() => arrived(150));
      expect(await site.numbers()).to.deep.equal(upTo(150));
    });
  });

  it('works on after a return from the back/forward cache', async () => {
    await page.goto(site.url('?events=5'));
    await page.click('a');
    await until(() => arrived(5));
    await page.goBack({ waitUntil: 'commit' });
    expect(await page.evaluate(() => window.shows)).to.deep.equal([false, true]);
    await page.evaluate(() => window.collector.track('counted', { n: 5 }));
    await page.goForward({ waitUntil: 'commit' });
    await until(() => arrived(6));
    expect(await site.numbers()).to.deep.equal(upTo(6));
    await page.goBack({ waitUntil: 'commit' });
    expect((await books()).sinks.http).to.include({ offered: 6, delivered: 6, pending: 0 });
  });

  it('waits while offline, loses nothing, and delivers when it is online again', async () => {
    await page.goto(site.url());
    await context.setOffline(true);
    await page.evaluate(() => {
      for (let n = 0; n < 250; n += 1) window.collector.track('counted', { n });
    });
    expect((await books()).sinks.http).to.include({ offered: 200, pending: 200, attempts: 0 });
    await context.setOffline(false);
    await page.evaluate(() => window.collector.flush());
    expect((await books()).sinks.http).to.include({ offered: 250, delivered: 250, retries: 0 });
    expect(await site.numbers()).to.deep.equal(upTo(250));
  });

  it('delivers 10,000 events through a network that fails 30 % of requests; both ledgers balance', async () => {
    const proxy = await FaultProxy.start({ upstream: site.port, seed: 7, rate: 0.3 });
    const origin = new URL('/', proxy.url).href;
    try {
      // The page is loaded intact; its events go through the proxy.
      await page.route(`${origin}?*`, (route) => route.fulfill({ contentType: 'text/html', body: PAGE }));
      await page.route(`${origin}program.js`, async (route) => route.fulfill({ response: await page.request.get(site.url('program.js')) }));
      await page.goto(`${origin}?events=10000&timeoutMs=500`);
      await page.evaluate(() => window.collector.shutdown({ timeoutMs: 60_000 }));
      const stats = await books();
      expect(stats.sinks.http).to.include({ offered: 10_000, delivered: 10_000 });
      expect(stats.sinks.http!.retries).to.be.greaterThan(0);
      expect(await site.numbers()).to.deep.equal(upTo(10_000));
    } finally {
      await proxy.stop();
    }
  });

  describe('shows what is not guaranteed', () => {
    it('a shutdown while offline drops events and counts them', async () => {
      await page.goto(site.url('?events=0'));
      await context.setOffline(true);
      const report = await page.evaluate(async () => {
        window.collector.track('counted', { n: 0 });
        return window.collector.shutdown({ timeoutMs: 50 });
      });
      expect(report).to.deep.include({ timedOut: true, sinks: { http: { delivered: 0, failed: 0, dropped: 1, pending: 0 } } });
      expect((await books()).sinks.http).to.deep.include({ droppedBy: { shutdown: 1 } });
    });

    it('events beyond the keepalive limit of a closed page are lost with its ledger', async () => {
      // More than the requests that a browser has under way at once to one server.
      site.hold();
      await page.goto(site.url('?events=1000&bytes=1000'));
      await until(() => site.held > 1);
      await page.close();
      site.admit();
      // Half of 64 KiB belongs to a page that goes, even if it has used the other half.
      await until(() => arrived(25));
      const numbers = await site.numbers();
      expect(new Set(numbers)).to.have.property('size', numbers.length);
      expect(numbers).to.have.length.below(1_000);
    });

    it("a crash loses the page's pending events", async () => {
      await page.goto(site.url('?events=5'));
      const crash = page.waitForEvent('crash');
      page.goto('chrome://crash').catch(() => undefined);
      await crash;
      expect(await site.numbers()).to.deep.equal([]);
    });
  });
});
