import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { reportPage } from '../../examples/report/page.js';
import { questionsTo } from '../../examples/report/questions.js';
import { openEventStore, type EventStore } from '../../lib/node/index.js';
import { anEvent } from '../support/an-event.js';
import { overflowOf, violationsIn } from '../support/axe.js';
import { launchChromium } from '../support/chromium.js';
import { anySqlite } from '../support/sqlite-drivers.js';

const HOUR_MS = 3_600_000;

describe('examples/report, in Chromium', function () {
  this.timeout(60_000);

  let store: EventStore;
  let html: string;
  let browser: Browser;

  before(async function () {
    store = openEventStore({ database: anySqlite(this)(':memory:') });
    browser = await launchChromium(this);
    const types = [
      'search',
      'view',
      'buy',
      'load',
      '<img src=x onerror=alert(1)>',
      `a type with a long name ${'without end '.repeat(20)}`,
      'rare',
    ];
    store.append(
      Array.from({ length: 900 }, (_, index) =>
        anEvent({
          id: String(index),
          type: types[index % types.length] ?? '',
          timestamp: Date.UTC(2026, 2, 2) + index * 0.07 * HOUR_MS,
          data: { user_id: `user ${String((index * 7) % 40)}`, value: (index * 37) % 1_000 },
        }),
      ),
    );
    html = reportPage(
      '/var/lib/events/a-store-with-a-long-name-that-must-not-widen-the-page/events.db',
      questionsTo(store, { by: undefined, steps: ['search', 'view', 'buy'], withinMs: undefined }),
    );
  });

  after(async () => {
    await (browser as Browser | undefined)?.close();
    (store as EventStore | undefined)?.close();
  });

  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1_280, 390])
      it(`has no fault that axe finds, and fits: ${colorScheme}, ${String(width)} px`, async () => {
        const page = await browser.newPage({ viewport: { width, height: 844 }, colorScheme });
        const messages: string[] = [];
        page.on('console', (message) => messages.push(message.text()));
        page.on('pageerror', ({ message }) => messages.push(message));
        await page.route('http://report.test/', (route) => route.fulfill({ contentType: 'text/html', body: html }));
        await page.goto('http://report.test/');
        for (const summary of await page.locator('summary').all()) await summary.click();
        expect(await page.getByRole('img').count()).to.equal(2);
        const widths = await page.locator('.bars i').evaluateAll((bars) => bars.map((bar) => bar.getBoundingClientRect().width));
        expect(widths[0])
          .to.be.above(300)
          .and.be.above(Math.min(...widths));
        expect(await violationsIn(page)).to.deep.equal([]);
        expect(await overflowOf(page)).to.equal(0);
        expect(messages).to.deep.equal([]);
        if (process.env.SHOTS !== undefined)
          await page.screenshot({ path: `${process.env.SHOTS}/report-${colorScheme}-${String(width)}.png`, fullPage: true });
        await page.close();
      });
});
