import { expect } from 'chai';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { main, type BrowserExample } from '../../examples/browser/index.js';
import { launchChromium } from '../support/chromium.js';

describe('examples/browser', function () {
  this.timeout(60_000);

  let folder: string;
  let example: BrowserExample;
  const printed: string[] = [];
  /** Events that pages have collected. */
  let sent = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'browser-example-'));
    example = await main({ port: 0, out: join(folder, 'events.ndjson'), print: (line) => printed.push(line) });
  });

  after(async () => {
    await rm(folder, { recursive: true });
  });

  it('serves a page with its script, and nothing else', async () => {
    const page = await fetch(example.url);
    expect(page.headers.get('content-type')).to.equal('text/html; charset=utf-8');
    expect(await page.text()).to.include('src="/page.js"');
    expect((await fetch(new URL('/page.js', example.url))).status).to.equal(200);
    expect((await fetch(new URL('/package.json', example.url))).status).to.equal(404);
  });

  it('shows in the page which events arrive at the server', async function () {
    const browser = await launchChromium(this);
    try {
      const page = await browser.newPage();
      await page.goto(example.url);
      await page.click('[data-plan]');
      await page.click('#view');
      await page.click('#fail');
      await page.click('#storm');
      for (const type of ['page_viewed', 'element_clicked', 'error_occurred', 'counted']) {
        await page.waitForSelector(`#arrived > li:has-text("${type}")`);
      }
      await page.waitForSelector('#server-books:has-text("1005 received")');
      await page.waitForSelector('#page-books:has-text("1005 delivered")');
      expect(await page.textContent('#page-books')).to.include('books balanced');
      sent = 1_005;
    } finally {
      await browser.close();
    }
  });

  it('has devtools behind Ctrl-Shift-E, and loads their code when they are first opened', async function () {
    const browser = await launchChromium(this);
    try {
      const page = await browser.newPage();
      const scripts: Promise<string>[] = [];
      page.on('response', (response) => {
        if (response.request().resourceType() === 'script') scripts.push(response.text());
      });
      const hasDevtools = async (): Promise<boolean> =>
        (await Promise.all(scripts)).some((script) => /event-collector-devtools|uplot/i.test(script));
      await page.goto(example.url, { waitUntil: 'load' });
      await page.waitForSelector('#page-books:has-text("1 received")');
      expect(scripts).to.have.length.above(0);
      expect(await hasDevtools()).to.equal(false);
      await page.keyboard.press('Control+Shift+E');
      await page.getByRole('heading', { name: 'This page', exact: true }).waitFor();
      await page.locator('event-collector-devtools canvas').first().waitFor();
      expect(await hasDevtools()).to.equal(true);
      await page.click('[data-plan]');
      await page.getByRole('button', { name: 'element_clicked' }).waitFor();
      await page.keyboard.press('Control+Shift+E');
      await page.waitForSelector('event-collector-devtools', { state: 'detached' });
      await page.waitForSelector('#page-books:has-text("2 delivered")');
      sent += 2;
    } finally {
      await browser.close();
    }
  });

  /**
   * Views of pages with long URLs, which are in two events each: 11 of them and the first are 61 kB, more than one body. Timers stand still: a batch that a
   * busy machine cut by its age would be in flight when the page is closed.
   */
  const viewMuch = async (page: Page): Promise<void> => {
    await page.clock.pauseAt(new Date(Date.now() + 1_000));
    await page.evaluate(() => {
      for (let n = 1; n < 12; n += 1) history.pushState(null, '', `?n=${String(n)}${'x'.repeat(2_730)}`);
    });
  };
  /** Waits until the page has a response to its first batch. */
  const refused = async (page: Page): Promise<void> => {
    await page.waitForResponse('**/events');
    await page.waitForSelector('#page-books:has-text("1 pending")');
  };
  const LEAVING: readonly [
    state: string,
    total: number,
    answer: 'answers' | 'refuses' | 'is slow',
    prepare: (page: Page) => Promise<void>,
  ][] = [
    ['61 kB are collected', 12, 'answers', viewMuch],
    ['a batch waits for its retry, and a new one is open', 2, 'refuses', refused],
    ['a slow request is under way, and more was collected', 2, 'is slow', (page) => page.waitForRequest('**/events').then(() => undefined)],
  ];
  for (const [state, total, answer, prepare] of LEAVING) {
    it(`delivers everything when the page is left: ${state}`, async function () {
      const browser = await launchChromium(this);
      try {
        const page = await browser.newPage();
        if (answer === 'refuses')
          await page.route('**/events', (route) => route.fulfill({ status: 503, headers: { 'retry-after': '20' } }));
        // The request reaches the server, and the page gets no answer.
        if (answer === 'is slow') await page.route('**/events', (route) => route.fetch());
        const before = (await linesOf(join(folder, 'events.ndjson'))).length;
        await page.clock.install();
        await page.goto(example.url);
        await page.waitForSelector('#page-books:has-text("1 received")');
        await prepare(page);
        await page.unroute('**/events');
        if (answer !== 'answers') await page.click('[data-plan]');
        await page.close();
        sent += total;
        for (
          const limit = AbortSignal.timeout(30_000);
          (await linesOf(join(folder, 'events.ndjson'))).length < before + total;
          limit.throwIfAborted()
        )
          await new Promise((resolve) => setTimeout(resolve, 50));
      } finally {
        await browser.close();
      }
    });
  }

  it('writes every event to its file, and its ledger balances', async () => {
    await fetch(new URL('/events', example.url), { method: 'POST', body: '[{ "type": "last" }]' });
    await example.close();
    expect(await linesOf(join(folder, 'events.ndjson'))).to.have.lengthOf(sent + 1);
    expect(printed.at(-1)).to.equal('  books balanced');
  });
});

async function linesOf(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').slice(0, -1);
}
