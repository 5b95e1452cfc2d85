import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { CollectorStats } from '../../lib/index.js';
import { expectBalancedStats } from '../support/books.js';
import { launchChromium, launchProfile, scriptOf } from '../support/chromium.js';
import { until } from '../support/until.js';
import { LeavingSite } from './leaving-site.js';
import type { SpoolSettings } from './spool-program.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('indexedDbSpool in Chromium', function () {
  this.timeout(60_000);

  let browser: Browser;
  let scripts: Readonly<Record<string, string>>;
  let context: BrowserContext;
  let site: LeavingSite;
  const takeovers: unknown[] = [];

  before(async function () {
    browser = await launchChromium(this);
    scripts = {
      'program.js': await scriptOf('spec/browser/spool-program.ts'),
      'contract.js': await scriptOf('spec/browser/spool-contract-program.ts'),
    };
  });

  after(async () => {
    await (browser as Browser | undefined)?.close();
    if (takeovers.length > 0) console.table(takeovers);
  });

  beforeEach(async () => {
    site = await LeavingSite.open(scripts);
    context = await browser.newContext();
  });

  afterEach(async () => {
    await context.close();
    await site.close();
  });

  async function open(settings: SpoolSettings = {}, tab?: Page, path = ''): Promise<Page> {
    const page = tab ?? (await context.newPage());
    await page.goto(site.url(`${path}#${encodeURIComponent(JSON.stringify(settings))}`));
    await page.waitForFunction(() => 'spooling' in globalThis);
    return page;
  }

  const collect = (page: Page, from: number, to: number, bytes = 0): Promise<void> =>
    page.evaluate(
      (range) => {
        spooling.collect(range.from, range.to, range.bytes);
      },
      { from, to, bytes },
    );

  /** Numbers of the events in the store, in its order. */
  const stored = (page: Page): Promise<number[]> => page.evaluate(() => spooling.stored());

  async function books(page: Page): Promise<CollectorStats> {
    const stats = await page.evaluate(() => spooling.collector.stats());
    expectBalancedStats(stats);
    return stats;
  }

  /** Each once: what is reported again within a second is counted only. */
  const codes = (page: Page): Promise<string[]> => page.evaluate(() => [...new Set(spooling.codes)]);

  /** A store that answers later takes as many events at once as the lane holds in memory. */
  async function collectSlowly(page: Page, count: number): Promise<void> {
    for (let n = 0; n < count; n += 10) {
      await collect(page, n, n + 10);
      await until(async () => (await stored(page)).length === n + 10);
    }
    await hasFailed(page);
  }

  /** Waits between attempts are so long that no request is under way when a page ends: its batch would arrive twice. */
  const CALM = { retryMs: 20_000 };
  const hasFailed = (page: Page): Promise<void> => until(async () => (await codes(page)).length > 0);
  const deliver = async (page: Page): Promise<void> => {
    await page.evaluate(() => {
      spooling.collector.retryNow();
      return spooling.collector.flush();
    });
  };

  it('delivers the batches of a tab that was closed while the server was down, in order, and once', async () => {
    site.answering = 'busy';
    const first = await open(CALM);
    await collect(first, 0, 30);
    await until(async () => (await stored(first)).length === 30);
    await hasFailed(first);
    await first.close();
    site.answering = 'accept';
    const second = await open();
    await second.evaluate(() => spooling.collector.flush());
    expect(site.arrivals).to.deep.equal(upTo(30));
    expect(await stored(second)).to.deep.equal([]);
    expect((await books(second)).sinks.http).to.include({ recovered: 30, delivered: 30 });
    expect(await second.evaluate(() => spooling.codes)).to.deep.equal([]);
  });

  it("keeps batches beyond the lane's `maxEvents` in the store only, and reads them back in order", async () => {
    site.answering = 'busy';
    const page = await open({ ...CALM, maxEvents: 20 });
    await collectSlowly(page, 200);
    expect((await books(page)).sinks.http).to.include({ offered: 200, pending: 200, dropped: 0 });
    site.answering = 'accept';
    await deliver(page);
    expect(site.arrivals).to.deep.equal(upTo(200));
    expect(await stored(page)).to.deep.equal([]);
    expect((await books(page)).sinks.http).to.include({ delivered: 200, dropped: 0 });
  });

  it('drops batches older than `maxAgeMs` when it reads them, and keeps batches beyond `maxEvents` in memory', async () => {
    site.answering = 'busy';
    const first = await open({ ...CALM, spool: { maxEvents: 25 } });
    await collect(first, 0, 30);
    await until(async () => (await stored(first)).length === 20);
    expect(await codes(first)).to.include('SPOOL_FULL');
    await first.close();
    const second = await open({ spool: { maxAgeMs: 0 } });
    await until(async () => (await books(second)).sinks.http?.recovered === 20);
    expect((await books(second)).sinks.http).to.deep.include({ attempts: 0, droppedBy: { expired: 20 } });
    await until(async () => (await stored(second)).length === 0);
  });

  it('passes the contract of stores for durable lanes', async () => {
    const page = await context.newPage();
    await page.goto(site.url('?contract'));
    const results = await page.evaluate(() => contractResults);
    expect(results.filter(([, failure]) => failure !== undefined)).to.deep.equal([]);
    expect(results.length).to.be.above(15);
  });

  describe('with two tabs', () => {
    it('delivers from each tab the events that it has collected', async () => {
      const tabs = [await open(), await open()] as const;
      await collect(tabs[0], 0, 10);
      await collect(tabs[1], 10, 20);
      await until(() => site.arrivals.length === 20);
      for (const tab of tabs) {
        await until(async () => (await stored(tab)).length === 0);
        expect((await books(tab)).sinks.http).to.include({ offered: 10, recovered: 0, delivered: 10 });
      }
    });

    for (const [end, leave] of [
      ['is closed', (tab: Page) => tab.close()],
      // Nothing runs in it any more.
      ['crashes', (tab: Page) => tab.goto('chrome://crash').catch(() => undefined)],
    ] as const) {
      for (const which of ['first', 'second'] as const) {
        it(`delivers from the other what is left when the ${which} one ${end}, once`, async () => {
          site.answering = 'busy';
          const tabs = [await open(CALM), await open(CALM)] as const;
          await collect(tabs[0], 0, 20);
          await collect(tabs[1], 20, 40);
          await until(async () => (await stored(tabs[0])).length === 40);
          for (const tab of tabs) await hasFailed(tab);
          const [ended, other] = which === 'first' ? tabs : [tabs[1], tabs[0]];
          await leave(ended);
          const begin = performance.now();
          await until(async () => (await books(other)).sinks.http?.recovered === 20);
          takeovers.push({ which, end, ms: Math.round(performance.now() - begin) });
          site.answering = 'accept';
          await deliver(other);
          expect([...site.arrivals].sort((a, b) => a - b)).to.deep.equal(upTo(40));
          expect(await stored(other)).to.deep.equal([]);
          expect((await books(other)).sinks.http).to.include({ offered: 20, recovered: 20, delivered: 40 });
        });
      }
    }

    it('delivers the batches of a third tab that started last and was closed', async () => {
      site.answering = 'busy';
      const tabs = [await open(CALM), await open(CALM), await open(CALM)] as const;
      await collect(tabs[2], 0, 10);
      await until(async () => (await stored(tabs[0])).length === 10);
      await hasFailed(tabs[2]);
      await tabs[2].close();
      await until(async () => (await books(tabs[0])).sinks.http?.recovered === 10);
      await hasFailed(tabs[0]);
      await tabs[0].close();
      await until(async () => (await books(tabs[1])).sinks.http?.recovered === 10);
      // Its attempt has failed: one that is under way can't be retried.
      await hasFailed(tabs[1]);
      site.answering = 'accept';
      await deliver(tabs[1]);
      expect(site.arrivals).to.deep.equal(upTo(10));
    });
  });

  it('delivers batches that a collector has kept at its shutdown', async () => {
    site.answering = 'silent';
    const [first, second] = [await open(), await open()];
    await collect(first, 0, 10);
    await until(() => site.requests === 1);
    site.answering = 'accept';
    const report = await first.evaluate(() => spooling.collector.shutdown({ timeoutMs: 100 }));
    expect(report.sinks.http).to.include({ kept: 10, dropped: 0 });
    await until(async () => (await books(second)).sinks.http?.recovered === 10);
    await second.evaluate(() => spooling.collector.flush());
    expect(await stored(second)).to.deep.equal([]);
  });

  it('stores the open batch when the page is left', async () => {
    site.answering = 'busy';
    const tab = await open({ isPage: true, maxCount: 100 });
    await collect(tab, 0, 15);
    await tab.click('a');
    await tab.waitForURL('**/elsewhere');
    site.answering = 'accept';
    const next = await open();
    await until(() => site.arrivals.length === 15);
    expect((await books(next)).sinks.http).to.include({ recovered: 15 });
  });

  describe('and the back/forward cache', () => {
    const shows = (page: Page): Promise<boolean> => page.evaluate(() => spooling.wasRestored);

    it('restores a page that has no batches in the store', async () => {
      const tab = await open({ isPage: true });
      await collect(tab, 0, 10);
      await until(async () => (await stored(tab)).length === 0 && site.arrivals.length === 10);
      await open({ isPage: true, count: 10 }, tab, 'next');
      await until(() => site.arrivals.length === 20);
      await tab.goBack({ waitUntil: 'commit' });
      await until(() => shows(tab));
      // It has its lock again: what it stores is taken over only when it ends.
      site.answering = 'busy';
      await collect(tab, 20, 30);
      await until(async () => (await stored(tab)).length === 10);
      const other = await open();
      expect((await books(other)).sinks.http).to.include({ recovered: 0 });
      await tab.close();
      await until(async () => (await books(other)).sinks.http?.recovered === 10);
    });

    it('delivers from the other tab what a restored page leaves', async () => {
      const leader = await open();
      const tab = await open({ isPage: true });
      await open({ isPage: true }, tab, 'next');
      await tab.goBack({ waitUntil: 'commit' });
      await until(() => shows(tab));
      site.answering = 'busy';
      await collect(tab, 0, 10);
      await until(async () => (await stored(tab)).length === 10);
      await tab.close();
      await until(async () => (await books(leader)).sinks.http?.recovered === 10);
    });

    it('delivers the batches of a cached page from another one, once', async () => {
      site.answering = 'busy';
      const tab = await open({ isPage: true, ...CALM });
      await collect(tab, 0, 10);
      await until(async () => (await stored(tab)).length === 10);
      await hasFailed(tab);
      await open({}, tab, 'next');
      site.answering = 'accept';
      await until(async () => (await books(tab)).sinks.http?.recovered === 10);
      await tab.evaluate(() => spooling.collector.flush());
      await tab.goBack();
      await tab.waitForFunction(() => 'spooling' in globalThis);
      await tab.evaluate(() => spooling.collector.flush());
      expect(site.arrivals).to.deep.equal(upTo(10));
      expect(await shows(tab)).to.equal(false);
    });
  });

  describe('in a worker', () => {
    for (const kind of ['dedicated', 'shared', 'service'] as const) {
      it(`delivers from a page what a ${kind} worker has left`, async () => {
        site.answering = 'busy';
        const page = await context.newPage();
        await page.goto(site.url('elsewhere'));
        await page.evaluate(
          async ({ kind: type, url }) => {
            if (type === 'dedicated') new Worker(url);
            else if (type === 'shared') new SharedWorker(url);
            else await navigator.serviceWorker.register(url);
          },
          { kind, url: `/program.js?${encodeURIComponent(JSON.stringify({ count: 20, ...CALM }))}` },
        );
        await until(() => site.requests > 0);
        const other = await open();
        await until(async () => (await stored(other)).length === 20);
        expect((await books(other)).sinks.http).to.include({ recovered: 0 });
        if (kind === 'service') {
          const devtools = await context.newCDPSession(page);
          await devtools.send('ServiceWorker.enable');
          await devtools.send('ServiceWorker.stopAllWorkers');
        }
        await page.close();
        await until(async () => (await books(other)).sinks.http?.recovered === 20);
        site.answering = 'accept';
        await other.evaluate(() => spooling.collector.flush());
        expect(site.arrivals).to.deep.equal(upTo(20));
      });
    }
  });

  describe('when consent is denied', () => {
    async function left(): Promise<void> {
      site.answering = 'busy';
      const page = await open(CALM);
      await collect(page, 0, 100);
      await until(async () => (await stored(page)).length === 100);
      await hasFailed(page);
      await page.close();
      site.answering = 'accept';
    }

    it('sends none of 100 events in the store, and empties it', async () => {
      await left();
      const page = await open({ consent: 'denied' });
      await until(async () => (await stored(page)).length === 0);
      await page.evaluate(() => spooling.collector.flush());
      expect(site.arrivals).to.deep.equal([]);
      expect((await books(page)).sinks.http).to.deep.include({ recovered: 100, droppedBy: { consent: 100 } });
      await page.close();
      const next = await open();
      await next.evaluate(() => spooling.collector.flush());
      expect(site.arrivals).to.deep.equal([]);
    });

    it('sends nothing while it is unknown', async () => {
      await left();
      const page = await open({ consent: 'unknown' });
      await until(async () => (await books(page)).sinks.http?.recovered === 100);
      expect(site.arrivals).to.deep.equal([]);
      await page.evaluate(() => {
        spooling.consent$.next('denied');
      });
      await until(async () => (await stored(page)).length === 0);
      expect(site.arrivals).to.deep.equal([]);
    });

    it('removes the batches of another tab that ends, without sending them', async () => {
      site.answering = 'busy';
      const page = await open({ consent: 'denied' });
      const other = await open();
      await collect(other, 0, 10);
      await until(async () => (await stored(page)).length === 10);
      site.answering = 'silent';
      await other.close();
      await until(async () => (await stored(page)).length === 0);
      expect((await books(page)).sinks.http).to.deep.include({ recovered: 10, attempts: 0, droppedBy: { consent: 10 } });
    });
  });

  describe('when the storage fails', () => {
    it('works from memory, and reports it, if storage is denied', async () => {
      const page = await open({}, undefined, 'sandbox');
      await collect(page, 0, 10);
      await until(async () => (await codes(page)).includes('SPOOL_UNAVAILABLE'));
      await until(async () => ((await books(page)).sinks.http?.attempts ?? 0) > 0);
    });

    it('delivers batches beyond a quota of 3 MB from memory, and the others later', async () => {
      const tab = await context.newPage();
      const devtools = await context.newCDPSession(tab);
      await devtools.send('Storage.overrideQuotaForOrigin', { origin: site.url().slice(0, -1), quotaSize: 3_000_000 });
      site.answering = 'busy';
      const page = await open({ maxCount: 1 }, tab);
      await collect(page, 0, 50, 100_000);
      await until(async () => (await codes(page)).includes('SPOOL_FULL'));
      expect((await stored(page)).length).to.be.within(1, 49);
      site.answering = 'accept';
      await page.evaluate(() => {
        // On a slow machine the breaker is open by now.
        spooling.collector.retryNow();
        return spooling.collector.flush();
      });
      expect(site.arrivals).to.deep.equal(upTo(50));
      expect((await books(page)).sinks.http).to.include({ offered: 50, delivered: 50 });
      expect(await stored(page)).to.deep.equal([]);
    });

    it('works from memory, and reports it, if the user blocks site data', async () => {
      const profile = await mkdtemp(join(tmpdir(), 'profile-'));
      await mkdir(join(profile, 'Default'));
      const blocked = { profile: { default_content_setting_values: { cookies: 2 } } };
      await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(blocked));
      const guarded = await launchProfile(profile);
      try {
        const page = await open({}, await guarded.newPage());
        await collect(page, 0, 10);
        await until(() => site.arrivals.length === 10);
        expect(await codes(page)).to.deep.equal(['SPOOL_UNAVAILABLE']);
      } finally {
        await guarded.close();
        await rm(profile, { recursive: true, force: true });
      }
    });

    /** A page that has the database open in another version, and does not make way for anything. */
    async function openElsewhere(version: number, createStore = true): Promise<Page> {
      const page = await context.newPage();
      await page.goto(site.url('elsewhere'));
      await page.evaluate(
        ([wanted, isStoreCreated]) =>
          new Promise<void>((resolve) => {
            const request = indexedDB.open('events', wanted);
            request.onupgradeneeded = () => {
              if (isStoreCreated && request.result.objectStoreNames.length === 0) request.result.createObjectStore('batches');
            };
            request.onsuccess = () => {
              resolve();
            };
          }),
        [version, createStore] as const,
      );
      return page;
    }

    for (const [database, version, hasStore] of [
      ['of a newer version', 2, true],
      ['of another program', 1, false],
    ] as const)
      it(`works from memory beside a database ${database}`, async () => {
        await openElsewhere(version, hasStore);
        const page = await open();
        await collect(page, 0, 10);
        await until(() => site.arrivals.length === 10);
        expect(await codes(page)).to.deep.equal(['SPOOL_FORMAT']);
      });

    it('closes the database for a page that upgrades it, and then works from memory', async () => {
      site.answering = 'busy';
      const page = await open(CALM);
      await collect(page, 0, 10);
      await until(async () => (await stored(page)).length === 10);
      // Resolves, since the upgrade is not blocked.
      await openElsewhere(2);
      await until(async () => (await codes(page)).includes('SPOOL_FORMAT'));
      site.answering = 'accept';
      await collect(page, 10, 20);
      await deliver(page);
      expect(site.arrivals).to.deep.equal(upTo(20));
      expect((await books(page)).sinks.http).to.include({ offered: 20, delivered: 20 });
    });

    it('works from memory after 5 s if another page blocks the upgrade of the database', async () => {
      const other = await openElsewhere(1);
      await other.evaluate(() => {
        // Blocked by the connection of this page, as requests of other pages are from now on.
        indexedDB.open('events', 2);
      });
      const page = await open();
      await collect(page, 0, 10);
      expect(site.arrivals).to.deep.equal([]);
      await until(() => site.arrivals.length === 10);
      expect(await codes(page)).to.deep.equal(['SPOOL_UNAVAILABLE']);
      await until(async () => (await books(page)).sinks.http?.delivered === 10);
    });

    for (const [event, clear] of [
      [
        'the browser clears the storage of the site',
        async (page: Page) => {
          const devtools = await context.newCDPSession(page);
          await devtools.send('Storage.clearDataForOrigin', { origin: site.url().slice(0, -1), storageTypes: 'indexeddb' });
        },
      ],
      [
        'the whole origin is evicted',
        async (page: Page) => {
          const devtools = await context.newCDPSession(page);
          await devtools.send('Storage.clearDataForOrigin', { origin: site.url().slice(0, -1), storageTypes: 'all' });
        },
      ],
      [
        'another page deletes the database',
        async () => {
          const other = await context.newPage();
          await other.goto(site.url('elsewhere'));
          await other.evaluate(() => {
            indexedDB.deleteDatabase('events');
          });
        },
      ],
    ] as const) {
      it(`stores again what waits when ${event}`, async () => {
        site.answering = 'busy';
        const page = await open();
        await collect(page, 0, 20);
        await until(async () => (await stored(page)).length === 20);
        await clear(page);
        await until(async () => (await codes(page)).includes('SPOOL_CLOSED'));
        await until(async () => (await stored(page)).length === 20);
        await page.close();
        site.answering = 'accept';
        const next = await open();
        await next.evaluate(() => spooling.collector.flush());
        expect((await books(next)).sinks.http).to.include({ recovered: 20, delivered: 20 });
        // A request that the closed page had under way may be answered only now: its batch arrives twice.
        expect([...new Set(site.arrivals)]).to.deep.equal(upTo(20));
      });
    }

    it('fails batches that were only in the store when the browser evicts the origin, and delivers the others', async () => {
      site.answering = 'busy';
      const page = await open({ ...CALM, maxEvents: 20 });
      await collectSlowly(page, 50);
      const devtools = await context.newCDPSession(page);
      await devtools.send('Storage.clearDataForOrigin', { origin: site.url().slice(0, -1), storageTypes: 'all' });
      await until(async () => (await codes(page)).includes('SPOOL_CLOSED'));
      await until(async () => (await stored(page)).length === 20);
      site.answering = 'accept';
      await deliver(page);
      expect(site.arrivals).to.deep.equal(upTo(20));
      expect((await books(page)).sinks.http).to.include({ offered: 50, delivered: 20, failed: 30, pending: 0 });
      expect(await codes(page)).to.include('SPOOL_DAMAGED');
    });

    it('removes records of another format, reports them, and delivers the others', async () => {
      site.answering = 'busy';
      const first = await open(CALM);
      await collect(first, 0, 20);
      await until(async () => (await stored(first)).length === 20);
      await hasFailed(first);
      await first.evaluate(
        () =>
          new Promise<void>((resolve) => {
            const request = indexedDB.open('events', 1);
            request.onsuccess = () => {
              const store = request.result.transaction('batches', 'readwrite').objectStore('batches');
              store.put({ events: [] }, ['http', '0', 0, 'x']);
              store.put('{', ['http', '0', 1, 'y']);
              store.put('{}', ['http', '0', 2, 'z']);
              // Keys of another form.
              const batch = JSON.stringify({ id: 'w', sequence: 1, createdAt: 1, reason: 'count', events: [{ data: { n: 99 } }] });
              store.put(batch, ['http', '0', 'w']);
              store.put(batch, ['http', '0']);
              store.transaction.oncomplete = () => {
                request.result.close();
                resolve();
              };
            };
          }),
      );
      await first.close();
      site.answering = 'accept';
      const second = await open();
      await second.evaluate(() => spooling.collector.flush());
      expect(site.arrivals).to.deep.equal(upTo(20));
      expect(await codes(second)).to.deep.equal(['SPOOL_DAMAGED']);
      expect(await stored(second)).to.deep.equal([]);
    });
  });
});
