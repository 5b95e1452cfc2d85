import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { EventBatch } from '../../lib/index.js';
import { launchChromium, scriptOf } from '../support/chromium.js';
import { LoopbackServer } from '../support/loopback-server.js';
import { until } from '../support/until.js';

describe('examples/frameworks/service-worker.ts', function () {
  this.timeout(60_000);
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let site: LoopbackServer;
  let origin: string;
  /** Whether the server answers at all, apart from the worker's script. */
  let isOnline: boolean;

  before(async function () {
    browser = await launchChromium(this);
  });

  after(() => (browser as Browser | undefined)?.close());

  beforeEach(async () => {
    const worker = await scriptOf('examples/frameworks/service-worker.ts');
    isOnline = true;
    site = await LoopbackServer.start(({ path }, response) => {
      if (!isOnline) return response.destroy();
      if (path === '/worker.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(worker);
      if (path === '/events') return response.writeHead(204).end();
      return response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Shop</title>');
    });
    origin = new URL(site.url).origin;
    context = await browser.newContext();
    page = await context.newPage();
    await page.goto(`${origin}/`);
    await page.evaluate(async () => {
      await navigator.serviceWorker.register('/worker.js');
      await navigator.serviceWorker.ready;
    });
  });

  afterEach(async () => {
    await context.close();
    await site.stop();
  });

  /** Paths of the pages that events name. */
  const unavailable = (): unknown[] =>
    site.requests
      .filter(({ path }) => path === '/events')
      .flatMap(({ body }) => (JSON.parse(body) as EventBatch).events)
      .map(({ data }) => (data as { path: string }).path);

  it('delivers what happened offline, also after the worker was stopped', async () => {
    isOnline = false;
    const answer = await page.goto(`${origin}/basket`);
    expect(answer?.status()).to.equal(503);
    expect(await page.locator('body').innerText()).to.equal('This page needs a network.');

    const devtools = await browser.newBrowserCDPSession();
    const { targetInfos } = await devtools.send('Target.getTargets');
    const worker = targetInfos.find(({ type }) => type === 'service_worker');
    await devtools.send('Target.closeTarget', { targetId: worker!.targetId });
    site.requests.length = 0;

    isOnline = true;
    await page.goto(`${origin}/`);
    await until(() => unavailable().length > 0);
    expect([...new Set(unavailable())]).to.deep.equal(['/basket']);
  });
});
