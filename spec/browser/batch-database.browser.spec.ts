import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium, scriptOf } from '../support/chromium.js';
import { LeavingSite } from './leaving-site.js';

describe('BatchDatabase in Chromium', function () {
  this.timeout(30_000);

  let browser: Browser;
  let context: BrowserContext;
  let site: LeavingSite;
  let page: Page;

  before(async function () {
    browser = await launchChromium(this);
    site = await LeavingSite.open({ 'program.js': await scriptOf('spec/browser/batch-database-program.ts') });
  });

  after(async () => {
    await (browser as Browser | undefined)?.close();
    await (site as LeavingSite | undefined)?.close();
  });

  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    await page.goto(site.url());
  });

  afterEach(() => context.close());

  it('returns the batches of each owner by position, also of positions between integers', async () => {
    const found = await page.evaluate(async () => {
      const db = await store.open('events');
      const put = [10, 2, 2.5, 0].map((position) => [{ owner: 'b', position, id: `id ${String(position)}` }, '{}'] as const);
      await db.write([], [...put, [{ owner: 'a', position: 7, id: 'x' }, '[]']]);
      await db.write([{ owner: 'b', position: 0, id: 'id 0' }], []);
      const { records } = await db.readAll('b');
      return { owners: await db.owners(), positions: records.map(({ key }) => key.position), other: await db.readAll('c') };
    });
    expect(found).to.deep.equal({ owners: ['a', 'b'], positions: [2, 2.5, 10], other: { records: [], damaged: [] } });
  });

  it('does not return the batches of another sink, even if its name starts like this one', async () => {
    const found = await page.evaluate(async () => {
      const db = await store.open('events');
      for (const sink of ['htt', 'http2', 'http\0', '']) await store.put('events', [sink, 'a', 0, 'x'], '{}');
      return { owners: await db.owners(), records: (await db.readAll('a')).records };
    });
    expect(found).to.deep.equal({ owners: [], records: [] });
  });

  it('lists records of a foreign form as damaged, and returns the others', async () => {
    const found = await page.evaluate(async () => {
      const db = await store.open('events');
      await db.write([], [[{ owner: 'a', position: 1, id: 'good' }, '{}']]);
      await store.put('events', ['http', 'a', 2, 'object'], { events: [] });
      await store.put('events', ['http', 'a', 3, 4], '{}');
      await store.put('events', ['http', 'a', 'x', 'position'], '{}');
      await store.put('events', ['http', 'a', Infinity, 'infinite'], '{}');
      await store.put('events', ['http', 'a', -Infinity, 'infinite'], '{}');
      await store.put('events', ['http', 'a', 1e300, 'imprecise'], '{}');
      await store.put('events', ['http', 'a'], '{}');
      await store.put('events', ['http', 7, 0, 'owner'], '{}');
      await store.put('events', 'http', '{}');
      const { records, damaged } = await db.readAll('a');
      await db.remove(damaged);
      const read = await db.read({ owner: 'a', position: 2, id: 'object' });
      return {
        owners: await db.owners(),
        ids: records.map(({ key }) => key.id),
        damaged: damaged.length,
        read,
        left: await db.readAll('a'),
      };
    });
    expect(found.owners).to.deep.equal(['a']);
    expect(found.ids).to.deep.equal(['good']);
    expect(found.damaged).to.equal(7);
    expect(found.read).to.equal(undefined);
    expect(found.left.damaged).to.deep.equal([]);
  });

  it('does not return as text what is not a text, nor a batch that is missing', async () => {
    const found = await page.evaluate(async () => {
      const db = await store.open('events');
      await store.put('events', ['http', 'a', 0, 'x'], 5);
      return [await db.read({ owner: 'a', position: 0, id: 'x' }), await db.read({ owner: 'a', position: 1, id: 'x' })].map(String);
    });
    expect(found).to.deep.equal(['undefined', 'undefined']);
  });

  it('removes nothing if the quota is exceeded, and is usable then', async () => {
    const devtools = await context.newCDPSession(page);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: site.url().slice(0, -1), quotaSize: 1_000_000 });
    const found = await page.evaluate(async () => {
      const db = await store.open('events');
      const key = { owner: 'a', position: 0, id: 'x' };
      await db.write([], [[key, '{}']]);
      const large = Array.from({ length: 3_000_000 }, () => String.fromCharCode(0x20 + Math.floor(0x5f * Math.random()))).join('');
      const failure = await store.failure(db.write([key], [[{ owner: 'a', position: 1, id: 'y' }, large]]));
      const json = await db.read(key);
      await db.write([key], []);
      return { failure, json, owners: await db.owners() };
    });
    expect(found.failure).to.match(/^SPOOL_FULL: .*QuotaExceededError/);
    expect(found).to.include({ json: '{}' });
    expect(found.owners).to.deep.equal([]);
  });

  for (const [what, act, message] of [
    ['deletes', () => void indexedDB.deleteDatabase('events'), 'Another page deletes the database'],
    ['upgrades', () => void indexedDB.open('events', 3), 'Another page upgrades the database to version 3'],
  ] as const)
    it(`closes the database, and reports it once, if another tab ${what} it`, async () => {
      await page.evaluate(async () => {
        const errors: unknown[] = [];
        const db = await store.open('events', (error) => errors.push(error));
        Object.assign(globalThis, { errors, db });
      });
      const other = await context.newPage();
      await other.goto(site.url());
      await other.evaluate(act);
      await page.waitForFunction(() => (globalThis as unknown as { errors: unknown[] }).errors.length > 0);
      const found = await page.evaluate(async () => {
        const { errors, db } = globalThis as unknown as { errors: Error[]; db: Awaited<ReturnType<typeof store.open>> };
        const failure = await store.failure((async () => db.write([], [[{ owner: 'a', position: 0, id: 'x' }, '{}']]))());
        return {
          failures: await Promise.all(errors.map((error) => store.failure(Promise.reject(error)))),
          hasFailed: failure !== undefined,
        };
      });
      expect(found).to.deep.equal({ failures: [`SPOOL_CLOSED: ${message}`], hasFailed: true });
    });

  it('completes a write that was started before it was closed', async () => {
    const keys = await page.evaluate(async () => {
      const db = await store.open('events');
      const written = db.write([], [[{ owner: 'a', position: 0, id: 'x' }, '{}']]);
      db.close();
      await written;
      return store.keys('events');
    });
    expect(keys).to.deep.equal([['http', 'a', 0, 'x']]);
  });

  it('refuses a newer version, and a database of another program, which it does not block', async () => {
    const failures = await page.evaluate(async () => {
      (await store.raw('newer', 2)).close();
      (await store.raw('foreign', 1)).close();
      const found = [await store.failure(store.open('newer')), await store.failure(store.open('foreign'))];
      // Would be blocked by an open connection.
      await store.raw('foreign', 2);
      return found;
    });
    expect(failures[0]).to.match(/^SPOOL_FORMAT: .*VersionError/);
    expect(failures[1]).to.equal("SPOOL_FORMAT: The database 'foreign' belongs to another program");
  });
});
