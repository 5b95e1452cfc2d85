import { expect } from 'chai';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main, type BrowserExample } from '../../examples/browser/index.js';
import { launchChromium } from '../support/chromium.js';

describe('examples/browser', function () {
  this.timeout(60_000);

  let folder: string;
  let example: BrowserExample;
  const printed: string[] = [];
  /** Events that a page has sent. */
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

  it('shows in the page what arrives at the server', async function () {
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

  it('has everything in its file in the end, and the books balance', async () => {
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
