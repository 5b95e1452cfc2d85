import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium, scriptOf } from '../support/chromium.js';
import { LeavingSite } from './leaving-site.js';

describe('IndexedDbSession in Chromium', function () {
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

  it('puts the batches of each ended owner after those of the previous one', async () => {
    const batches = await page.evaluate(async () => {
      (await store.open('events')).close();
      for (const [owner, position, id] of [
        ['b', 0, 'b0'],
        ['b', 0.5, 'b1'],
        ['a', 3, 'a3'],
        ['c', 1, 'c1'],
      ] as const)
        await store.put('events', ['http', owner, position, id], '{}');
      const found = await store.recovered(store.session({}));
      return found[0]?.batches.map(({ id, position }) => [id, position]);
    });
    expect(batches).to.deep.equal([
      ['a3', 3],
      ['b0', 4],
      ['b1', 4.5],
      ['c1', 6],
    ]);
  });

  it('stores a part of a batch under the owner of the batch, and at its position there', async () => {
    const keys = await page.evaluate(async () => {
      (await store.open('events')).close();
      await store.put('events', ['http', 'a', 3, 'a3'], '{}');
      await store.put('events', ['http', 'b', 2, 'b2'], '{}');
      const session = store.session({});
      await store.recovered(session);
      await session.write({ remove: ['b2'], put: [{ id: 'part', position: 6.5, json: '{}' }] });
      return store.keys('events');
    });
    expect(keys).to.deep.equal([
      ['http', 'a', 3, 'a3'],
      ['http', 'b', 2.5, 'part'],
    ]);
  });

  it('removes damaged records, reports them once, and stores parts of the others', async () => {
    const found = await page.evaluate(async () => {
      (await store.open('events')).close();
      await store.put('events', ['http', 'a', 0, 'object'], { events: [] });
      await store.put('events', ['http', 'a', Infinity, 'infinite'], '{}');
      await store.put('events', ['http', 'b', 1, 'good'], '{}');
      const session = store.session({});
      const [first] = await store.recovered(session);
      await session.write({ remove: ['good'], put: [{ id: 'part', position: 1.5, json: '{}' }] });
      await session.close();
      const [second] = await store.recovered(store.session({}));
      return [first, second].map(({ batches = [], damage } = { batches: [] }) => ({
        batches: batches.map(({ id, position }) => [id, position]),
        damage: damage === undefined ? null : `${damage.code}: ${damage.message}`,
      }));
    });
    expect(found).to.deep.equal([
      { batches: [['good', 1]], damage: 'SPOOL_DAMAGED: 2 damaged records were removed' },
      { batches: [['part', 1.5]], damage: null },
    ]);
  });

  it('refuses batches beyond `maxBytes`, but removes those that are settled', async () => {
    const found = await page.evaluate(async () => {
      const session = store.session({ maxBytes: 10 });
      await store.recovered(session);
      await session.write({ remove: [], put: [{ id: 'x', position: 0, json: '12345' }] });
      const put = [{ id: 'y', position: 1, json: '12345678901' }];
      const failure = await store.failure(session.write({ remove: ['x'], put }));
      // Its bytes are free again.
      await session.write({ remove: [], put: [{ id: 'z', position: 2, json: '1234567890' }] });
      const read = [await session.read('y'), await session.read('z')].map(String);
      await session.close();
      return { failure, read, ids: (await store.keys('events')).map((key) => (key as unknown[])[3]) };
    });
    expect(found).to.deep.equal({
      failure: 'SPOOL_FULL: The batch does not fit into the 10 bytes of the store',
      read: ['undefined', '1234567890'],
      ids: ['z'],
    });
  });

  it('fails if it is closed while the database opens, and keeps neither a lock nor a connection', async () => {
    const found = await page.evaluate(async () => {
      const session = store.session({});
      const recovered = store.recovered(session);
      await session.close();
      const failure = await store.failure(recovered);
      const { held = [], pending = [] } = await navigator.locks.query();
      // Would be blocked by an open connection.
      (await store.raw('events', 2)).close();
      return { failure, locks: [...held, ...pending].length };
    });
    expect(found.failure).to.match(/^SPOOL_CLOSED: /);
    expect(found.locks).to.equal(0);
  });

  it('fails after 5 s, and closes the database if it opens later', async () => {
    const failure = await page.evaluate(async () => {
      const { prototype } = IDBDatabase;
      // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its database
      const { close } = prototype;
      const closed = new Promise<void>((resolve) => {
        prototype.close = function () {
          close.call(this);
          resolve();
        };
      });
      const found = await store.failure(store.lateSession());
      await closed;
      return found;
    });
    expect(failure).to.equal('SPOOL_UNAVAILABLE: The database did not open within 5000 ms');
  });

  it('opens the database again after another page has deleted it, and reports the loss', async () => {
    const found = await page.evaluate(async () => {
      const session = store.session({});
      const emitted = await store.recovered(session);
      await session.write({ remove: [], put: [{ id: 'x', position: 0, json: '{}' }] });
      await store.removed('events');
      await store.until(() => emitted.length > 1);
      const missing = String(await session.read('x'));
      await session.write({ remove: [], put: [{ id: 'x', position: 0, json: '{}' }] });
      const [, { damage, isLost } = {}] = emitted;
      return { missing, read: await session.read('x'), code: damage?.code, isLost };
    });
    expect(found).to.deep.equal({ missing: 'undefined', read: '{}', code: 'SPOOL_CLOSED', isLost: true });
  });

  it('refuses changes and reads while another page has the database in a newer version', async () => {
    const found = await page.evaluate(async () => {
      const session = store.session({});
      const emitted = await store.recovered(session);
      await session.write({ remove: [], put: [{ id: 'x', position: 0, json: '{}' }] });
      (await store.raw('events', 2)).close();
      await store.until(() => emitted.length > 1);
      const put = [{ id: 'y', position: 1, json: '{}' }];
      return [emitted[1]?.damage?.code, await store.failure(session.read('x')), await store.failure(session.write({ remove: [], put }))];
    });
    expect(found[0]).to.equal('SPOOL_FORMAT');
    expect(found[1]).to.equal('SPOOL_CLOSED: The database is closed');
    expect(found[2]).to.equal('SPOOL_CLOSED: The database is closed');
  });
});
