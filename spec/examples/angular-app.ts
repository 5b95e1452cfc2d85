/** `npm run test:angular` runs it after building `examples/angular`, with zone.js and without. */
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { ErrorData, PerformanceData } from '../../lib/event/payloads.js';
import type { AnalyticsEvent } from '../../lib/event/event.js';
import type { CollectorStats } from '../../lib/ledger/ledger.js';
import { expectBalancedStats } from '../support/books.js';
import { launchChromium } from '../support/chromium.js';
import { AngularSite } from './angular-site.js';

declare global {
  interface Window {
    /** The functions of `examples/angular/src/test/main.ts`. */
    readonly probe?: {
      readonly changeDetections: number;
      isStable(): boolean;
      stats(): CollectorStats;
      track(type: string, data?: unknown): string;
      flush(): Promise<unknown>;
    };
  }
}

for (const build of ['zone', 'zoneless']) {
  describe(`examples/angular, ${build}`, function () {
    this.timeout(120_000);

    let site: AngularSite;

    beforeEach(async () => {
      site = await AngularSite.open(build);
    });

    afterEach(() => site.close());

    it('is rendered on its server without page globals, and leaks nothing', async () => {
      const paths = ['/', '/order/teapot', '/help', '/order/none'];
      expect(await site.page('/order/teapot')).to.include('<h1>Teapot, € 38</h1>');
      for (const path of paths) await site.page(path);
      const before = await site.census();
      for (let round = 0; round < 50; round += 1) await Promise.all(paths.map((path) => site.page(path)));
      const after = await site.census();
      expect(after.begun - before.begun).to.equal(200);
      expect(after.ended).to.equal(after.begun);
      expect(after.received).to.equal(0);
      expect(after.alive).to.be.at.most(before.alive + 1);
      expect({ timers: after.timers, listeners: after.listeners }).to.deep.equal({ timers: before.timers, listeners: before.listeners });
      // `thisPage` only asks whether there is a page.
      expect(after.looks.slice(before.looks.length).filter((look) => !look.includes('at thisPage '))).to.deep.equal([]);
    });

    describe('in Chromium', () => {
      let browser: Browser;
      let context: BrowserContext;
      let page: Page;
      let printed: string[];

      before(async function () {
        browser = await launchChromium(this);
      });

      after(() => (browser as Browser | undefined)?.close());

      beforeEach(async () => {
        context = await browser.newContext();
        page = await context.newPage();
        printed = [];
        page.on('console', (message) => printed.push(message.text()));
        page.on('pageerror', (error) => printed.push(`Uncaught ${String(error)}`));
      });

      afterEach(() => context.close());

      const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
        for (const limit = AbortSignal.timeout(60_000); !(await isSo()); limit.throwIfAborted())
          await new Promise((resolve) => setTimeout(resolve, 20));
      };
      const isStable = (): Promise<boolean> => page.evaluate(() => window.probe?.isStable() === true);
      const books = async (): Promise<CollectorStats> => {
        const stats = await page.evaluate(() => window.probe!.stats());
        expectBalancedStats(stats);
        return stats;
      };
      const button = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
      const link = (name: string): Promise<void> => page.getByRole('link', { name, exact: true }).click();

      const open = async (path: string): Promise<void> => {
        await page.goto(site.url + path);
        await until(isStable);
      };
      /** Changes of one frame cause one change detection, or two. */
      const frames = (): Promise<unknown> =>
        page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      const settled = async (): Promise<void> => {
        await frames();
        await until(isStable);
      };
      it('has devtools behind Ctrl-Shift-E, which cause no change detection', async () => {
        await open('/');
        const before = await page.evaluate(() => window.probe!.changeDetections);
        await page.keyboard.press('Control+Shift+E');
        await page.getByRole('complementary', { name: 'Devtools of the event collector' }).waitFor();
        await page.getByRole('heading', { name: 'Pipeline' }).waitFor();
        await page.locator('event-collector-devtools .chart canvas').first().waitFor();
        expect(await page.evaluate(() => window.probe!.changeDetections)).to.equal(before);
        await page.keyboard.press('Control+Shift+E');
        await page.locator('event-collector-devtools').waitFor({ state: 'detached' });
        expect(printed.filter((line) => line.startsWith('Uncaught'))).to.deep.equal([]);
      });

      /** A visit: views, a form, a failing request, an error, a rejected promise, and a way back. */
      const visit = async (): Promise<void> => {
        await link('Teapot');
        await settled();
        await page.getByLabel('Quantity').fill('2');
        await page.getByLabel('Quantity').blur();
        await settled();
        await button('Place order');
        await page.getByText('Thank you.').waitFor();
        await settled();
        await link('Help');
        await settled();
        await button('Call us');
        await page.getByText('No answer.').waitFor();
        await settled();
        await button('Break something');
        await until(() => printed.some((line) => line.includes('Broken on purpose')));
        await settled();
        await button('Break a promise');
        await until(() => printed.some((line) => line.includes('Promised, and broken')));
        await settled();
        await page.goBack({ waitUntil: 'commit' });
        await page.getByLabel('Quantity').waitFor();
        await settled();
      };

      /** The parts of an event that are the same in every run. */
      const outline = ({ type, data }: AnalyticsEvent): unknown => {
        if (type === 'network_latency') {
          const { metric, unit, tags } = data as PerformanceData;
          return [type, { metric, unit, tags }];
        }
        if (type === 'error_occurred') {
          const { code, message, component } = data as ErrorData;
          return [type, { code, message, component }];
        }
        return data === undefined ? [type] : [type, data];
      };

      it('sends every event to its server, once', async () => {
        await open('/');
        await visit();
        const pending = await page.evaluate(() => {
          window.probe!.track('leaving');
          return window.probe!.stats().eventsBuffered;
        });
        expect(pending).to.be.above(0);
        await page.goto('about:blank');
        await until(async () => (await site.events()).some(({ type }) => type === 'leaving'));
        const events = await site.close();

        const home = `${site.url}/`;
        const [order, help] = [`${home}order/teapot`, `${home}help`];
        const clicked = (name: string, type: string): unknown => [
          'element_clicked',
          { tag: 'button', attributes: { 'data-track': name, type } },
        ];
        const failed = (message: string): unknown => ['error_occurred', { code: 'RangeError', message, component: 'angular' }];
        expect(events.map(outline)).to.deep.equal([
          ['page_viewed', { url: home, referrer: '', navigation: 'load', route: '/' }],
          ['page_viewed', { url: order, referrer: home, navigation: 'push', route: '/order/:article' }],
          clicked('place_order', 'submit'),
          ['order_placed', { article: 'teapot', quantity: 2 }],
          ['page_viewed', { url: help, referrer: order, navigation: 'push', route: '/help' }],
          clicked('call', 'button'),
          ['help_called'],
          [
            'network_latency',
            { metric: 'http_request', unit: 'ms', tags: { method: 'GET', url: '/help-desk', status: '503', outcome: 'error' } },
          ],
          clicked('break', 'button'),
          failed('Broken on purpose'),
          clicked('promise', 'button'),
          failed('Promised, and broken'),
          ['page_viewed', { url: order, referrer: help, navigation: 'traverse', route: '/order/:article' }],
          ['leaving'],
        ]);
        expect(new Set(events.map(({ id }) => id)).size).to.equal(events.length);
      });

      it('sends the same with a small collector, except HTTP timing', async () => {
        await open('/?collector=small');
        await visit();
        await page.evaluate(() => window.probe!.track('leaving'));
        await page.goto('about:blank');
        await until(async () => (await site.events()).some(({ type }) => type === 'leaving'));
        const events = await site.close();
        expect(events.map(({ type }) => type)).to.deep.equal([
          'page_viewed',
          'page_viewed',
          'element_clicked',
          'order_placed',
          'page_viewed',
          'element_clicked',
          'help_called',
          'element_clicked',
          'error_occurred',
          'element_clicked',
          'error_occurred',
          'page_viewed',
          'leaving',
        ]);
        expect(new Set(events.map(({ metadata }) => metadata.appVersion))).to.deep.equal(new Set(['1.2.0']));
      });

      /** Collects events with the numbers `from` to `to - 1`. */
      const collect = (from: number, to: number, bytes = 0): Promise<void> =>
        page.evaluate(
          (range) => {
            const padding = 'x'.repeat(range.bytes);
            for (let n = range.from; n < range.to; n += 1) window.probe!.track('counted', { n, padding });
          },
          { from, to, bytes },
        );
      /** More than one body of 60,000 bytes, and less than the 64 KiB that browsers send for a closed page. */
      const PADDING = 4_680;

      const LEAVING: readonly [state: string, total: number, prepare: () => Promise<unknown>][] = [
        ['61 kB are collected', 12, () => collect(0, 12, PADDING)],
        [
          'a batch waits for its retry, and a new one is open',
          10,
          async () => {
            await page.route('**/events', (route) => route.fulfill({ status: 503, headers: { 'retry-after': '20' } }));
            await collect(0, 5);
            await page.evaluate(() => void window.probe!.flush());
            await until(async () => (await books()).flushErrors > 0);
            await page.unroute('**/events');
            await collect(5, 10);
          },
        ],
        [
          'a slow request is under way, and more was collected',
          30,
          async () => {
            let isUnderWay = false;
            await page.route('**/events', async (route) => {
              isUnderWay = true;
              // The request reached the server, but its answer is late.
              await route.fetch();
            });
            await collect(0, 5);
            await page.evaluate(() => void window.probe!.flush());
            await until(() => isUnderWay);
            await page.unroute('**/events');
            await collect(5, 30);
          },
        ],
      ];
      for (const collector of ['full', 'small'])
        for (const [state, total, prepare] of LEAVING)
          it(`delivers everything when the page is left: ${state}, ${collector} collector`, async () => {
            await open(`/?collector=${collector}`);
            await until(async () => (await books()).eventsReceived > 0);
            await prepare();
            await page.close();
            const numbers = async (): Promise<Set<unknown>> =>
              new Set((await site.events()).flatMap(({ type, data }) => (type === 'counted' ? [(data as { readonly n: number }).n] : [])));
            await until(async () => (await numbers()).size === total);
          });

      it('hydrates what its server rendered, and shows its events live', async () => {
        await open('/');
        await page.getByText('page_viewed').first().waitFor();
        await page.getByText('1 received').waitFor();
        await page.getByText('http: 1 delivered, 0 pending, 0 lost').waitFor();
        expect(printed.filter((line) => line.startsWith('Angular hydrated'))).to.have.lengthOf(1);
        expect(printed.filter((line) => /^(Uncaught|ERROR|NG0)|NG0\d+/.test(line))).to.deep.equal([]);
      });

      it('causes no change detection', async () => {
        await page.route('**/help-desk*', async (route) => {
          await frames();
          await route.continue();
        });
        const changeDetections = async (path: string): Promise<number> => {
          await open(path);
          // The panel shows events, which needs change detection.
          await button('Events');
          await page.getByRole('complementary').waitFor({ state: 'detached' });
          await settled();
          const before = await page.evaluate(() => window.probe!.changeDetections);
          printed.length = 0;
          await visit();
          await until(async () => {
            const { eventsBuffered, sinks } = await books();
            return eventsBuffered === 0 && Object.values(sinks).every(({ pending }) => pending === 0);
          });
          return (await page.evaluate(() => window.probe!.changeDetections)) - before;
        };
        const without = await changeDetections('/?collector=off');
        expect((await books()).eventsProcessed).to.equal(0);
        const collecting = await changeDetections('/?collector=on');
        expect((await books()).sinks.http?.delivered).to.be.above(10);
        expect(without).to.be.above(5);
        expect(collecting).to.be.at.most(without);
      });

      it('is stable while events are pending', async () => {
        const held: (() => Promise<void>)[] = [];
        await page.route('**/events', (route) => {
          held.push(() => route.continue());
        });
        await open('/');
        await page.evaluate(() => window.probe!.track('counted'));
        expect((await books()).eventsBuffered).to.be.above(0);
        expect(await isStable()).to.equal(true);
        await until(() => held.length > 0);
        await until(isStable);
        expect((await books()).sinks.http?.pending).to.be.above(0);
        for (const go of held) await go();
        await until(async () => (await books()).sinks.http?.pending === 0);
      });
    });
  });
}
