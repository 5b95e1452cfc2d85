import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.js';
import { Site } from './site.js';

/** What of the events in a page that is left arrives: transports and lanes as they are used in a real page. */
describe('A page that is left, in Chromium', function () {
  this.timeout(60_000);

  let browser: Browser;
  let site: Site;
  let context: BrowserContext;
  let page: Page;

  before(async function () {
    browser = await launchChromium(this);
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
  });

  /** Sent against arrived, once nothing has come any more for a while. */
  async function arrived(atLeast: number): Promise<number> {
    for (const limit = AbortSignal.timeout(20_000); (await site.numbers()).length < atLeast && !limit.aborted;)
      await new Promise((resolve) => setTimeout(resolve, 20));
    return (await site.numbers()).length;
  }

  for (const sink of ['http', 'post'])
    for (const [what, query, sent, least] of [
      ['61 kB', 'events=12&bytes=4750', 12, 12],
      ['150 kB', 'events=30&bytes=4750', 30, 12],
      ['50 events', 'events=50', 50, 50],
      ['50 compressed events', 'events=50&gzip', 50, 50],
      ['50 events with headers that need a task', 'events=50&headers', 50, 50],
    ] as const)
      it(`delivers ${String(least)} of ${String(sent)}: ${what} (${sink}Sink)`, async () => {
        await page.goto(site.url(`?maxAgeMs=60000&concurrency=4&sink=${sink}&${query}`), { waitUntil: 'load' });
        await page.evaluate(() => new Promise((resolve) => setTimeout(resolve)));
        await page.close();
        expect(await arrived(least)).to.be.at.least(least);
      });

  for (const sink of ['http', 'post'])
    it(`delivers while another script holds the budget, without a second attempt (${sink}Sink)`, async () => {
      await page.goto(site.url(`?maxAgeMs=60000&sink=${sink}`));
      site.hold();
      await page.evaluate(() => {
        fetch('/elsewhere', { method: 'POST', keepalive: true, body: 'x'.repeat(60_000) }).catch(() => undefined);
        for (let n = 0; n < 60; n += 1) window.collector.track('counted', { n, padding: 'x'.repeat(200) });
        window.collector.flush().catch(() => undefined);
      });
      for (const limit = AbortSignal.timeout(20_000); site.held < 2; limit.throwIfAborted()) await new Promise(setImmediate);
      site.admit();
      expect(await arrived(60)).to.equal(60);
      const stats = await page.evaluate(async () => {
        await window.collector.flush();
        return Object.values(window.collector.stats().sinks);
      });
      expect(stats[0]).to.include({ delivered: 60, attempts: 1, retries: 0 });
    });

  for (const sink of ['http', 'post'])
    it(`resolves its URL in a srcdoc frame, and sends when the frame is removed (${sink}Sink)`, async () => {
      await page.goto(site.url('elsewhere'));
      await page.evaluate(async (name) => {
        const script = await (await fetch('/program.js')).text();
        const frame = document.createElement('iframe');
        frame.srcdoc = '<title>A frame</title>';
        document.body.append(frame);
        await new Promise((resolve) => {
          frame.onload = resolve;
        });
        const { contentWindow: inner } = frame as unknown as { contentWindow: Window & { query?: string; eval(code: string): void } };
        inner.query = `?maxAgeMs=60000&to=events&events=5&sink=${name}`;
        inner.eval(script);
        frame.remove();
      }, sink);
      expect(await arrived(5)).to.equal(5);
    });
});
