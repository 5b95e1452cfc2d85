import { expect } from 'chai';
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core';
import { launchChromium, scriptOf } from '../support/chromium.js';
import { until } from '../support/until.js';

const SHOP = 'https://shop.example/';
const KEY = 'rx-event-collector';

describe('a visitor in Chromium', function () {
  this.timeout(60_000);

  let browser: Browser;
  let program: string;
  let context: BrowserContext;

  before(async function () {
    browser = await launchChromium(this);
    program = await scriptOf('spec/browser/visitor-program.ts');
  });

  after(() => (browser as Browser | undefined)?.close());

  beforeEach(async () => {
    context = await browser.newContext();
    await context.route(/example\//, (route) =>
      route.fulfill({ contentType: 'text/html', body: `<!doctype html><title>Shop</title><script>${program}</script>` }),
    );
  });

  afterEach(() => context.close());

  async function load(url = SHOP): Promise<Page> {
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  /** Who the page's events are about, and when. */
  const who = (
    page: Page | Frame,
  ): Promise<{ anonymousId: string; userId: string | undefined; session: string; previous: string | undefined }> =>
    page.evaluate(() => {
      const { anonymousId, userId, session } = window.visited.visitor;
      return { anonymousId, userId, session: session.id, previous: session.previousId };
    });
  const track = (page: Page | Frame): Promise<void> =>
    page.evaluate(() => {
      window.visited.track();
    });
  const types = (page: Page | Frame): Promise<string[]> => page.evaluate(() => window.visited.events.map(({ type }) => type));
  const stored = (page: Page): Promise<string | null> => page.evaluate((key) => localStorage.getItem(key), KEY);
  const reset = (page: Page): Promise<void> =>
    page.evaluate(() => {
      window.visited.visitor.reset();
    });

  it('has one id and one session over two loads', async () => {
    const page = await load();
    await page.evaluate(() => window.visited.visitor.identify('user-1'));
    const first = await who(page);
    expect(await types(page)).to.deep.equal(['session_started', 'user_identified']);
    await page.reload();
    await track(page);
    expect(await who(page)).to.deep.equal(first);
    expect(first.userId).to.equal('user-1');
    expect(
      await page.evaluate(() => window.visited.events.map(({ type, sessionId, metadata }) => [type, sessionId, metadata.anonymousId])),
    ).to.deep.equal([['feature_used', first.session, first.anonymousId]]);
  });

  it('is one in two tabs, which begin one session and follow a reset', async () => {
    const [one, two] = [await load(), await load()];
    await Promise.all([track(one), track(two)]);
    expect(await who(two)).to.deep.equal(await who(one));
    const seen = [...(await types(one)), ...(await types(two))];
    expect(seen.filter((type) => type === 'feature_used')).to.have.lengthOf(2);
    // Two, both of the one session, if no process has seen the other's write yet.
    expect(seen.length).to.be.within(3, 4);
    const before = await who(one);
    await reset(two);
    await until(async () => (await who(one)).anonymousId !== before.anonymousId);
    expect(await who(one)).to.deep.equal(await who(two));
  });

  it('follows a reset in another tab when it returns from the back/forward cache', async () => {
    const [one, two] = [await load(), await load()];
    await track(one);
    await one.evaluate(() => {
      Object.assign(window, { isKept: true });
    });
    await one.goto(`${SHOP}elsewhere`);
    await reset(two);
    await one.goBack({ waitUntil: 'commit' });
    // The same page as before, and no new load of it.
    expect(await one.evaluate(() => 'isKept' in window)).to.equal(true);
    await track(one);
    expect(await who(one)).to.deep.equal(await who(two));
    expect(await stored(two)).to.include((await who(two)).anonymousId);
  });

  it('begins a session after 31 idle minutes, in every tab', async () => {
    await context.clock.install({ time: 1_800_000_000_000 });
    const [one, two] = [await load(), await load()];
    await track(one);
    const before = await who(one);
    await context.clock.runFor(29 * 60_000);
    await track(two);
    expect((await who(two)).session).to.equal(before.session);
    await context.clock.runFor(31 * 60_000);
    await track(one);
    const after = await who(one);
    expect(after).to.deep.include({ anonymousId: before.anonymousId, previous: before.session });
    await track(two);
    expect(await who(two)).to.deep.equal(after);
    expect(await types(one)).to.deep.equal(['session_started', 'feature_used', 'session_started', 'feature_used']);
    expect(await types(two)).to.deep.equal(['feature_used', 'feature_used']);
  });

  it('leaves nothing in the storage when consent is denied, and nothing before it is granted', async () => {
    const page = await load(`${SHOP}?consent=unknown`);
    await track(page);
    const state = (): Promise<unknown[]> =>
      page.evaluate(async () => [localStorage.length, sessionStorage.length, document.cookie, (await indexedDB.databases()).length]);
    expect(await state()).to.deep.equal([0, 0, '', 0]);
    await page.evaluate(() => {
      window.visited.consent$.next('granted');
    });
    const { anonymousId } = await who(page);
    expect(await stored(page)).to.include(anonymousId);
    const other = await load();
    expect((await who(other)).anonymousId).to.equal(anonymousId);
    await page.evaluate(() => {
      window.visited.consent$.next('denied');
    });
    await track(page);
    await page.evaluate(() => window.visited.visitor.identify('user-1'));
    expect(await state()).to.deep.equal([0, 0, '', 0]);
    // A tab that has heard of the denial by the storage alone forgets the visitor as well.
    await until(async () => (await who(other)).anonymousId !== anonymousId);
  });

  it('is in memory where storage is blocked: in a sandboxed frame', async () => {
    const page = await load(`${SHOP}?consent=denied`);
    for (const query of ['', '?cookie']) {
      await page.evaluate((src) => {
        const frame = document.createElement('iframe');
        Object.assign(frame, { src, name: src });
        frame.sandbox.add('allow-scripts');
        document.body.append(frame);
      }, SHOP + query);
      await until(() => page.frames().some((each) => each.url() === SHOP + query && each !== page.mainFrame()));
      const frame = page.frames().find((each) => each.url() === SHOP + query && each !== page.mainFrame())!;
      await frame.waitForFunction(() => 'visited' in window);
      expect(
        await frame.evaluate(() =>
          [() => localStorage, () => document.cookie].map((read) => {
            try {
              return read();
            } catch (error) {
              return (error as Error).name;
            }
          }),
        ),
      ).to.deep.equal(['SecurityError', 'SecurityError']);
      await track(frame);
      await track(frame);
      expect(await types(frame)).to.deep.equal(['session_started', 'feature_used', 'feature_used']);
    }
  });

  it('is in memory where storage is full', async () => {
    const page = await load(`${SHOP}?consent=unknown`);
    await page.evaluate(() => {
      for (let size = 5 << 20; size > 0; size >>= 1)
        try {
          for (;;) localStorage.setItem(`${String(size)} ${String(localStorage.length)}`, 'x'.repeat(size));
        } catch {
          // Full for this size.
        }
      window.visited.consent$.next('granted');
    });
    const { anonymousId } = await who(page);
    await track(page);
    expect(await stored(page)).to.equal(null);
    expect((await who(page)).anonymousId).to.equal(anonymousId);
    expect(await types(page)).to.deep.equal(['session_started', 'feature_used']);
  });

  it('is one for the subdomains that share a cookie, until consent is denied', async () => {
    const query = '?cookie&domain=shop.example';
    const page = await load(`https://www.shop.example/${query}`);
    await track(page);
    const visitor = await who(page);
    const [cookie, ...others] = await context.cookies();
    expect(others).to.have.lengthOf(0);
    expect(cookie).to.include({ name: KEY, domain: '.shop.example', path: '/', secure: true, sameSite: 'Lax' });
    expect(cookie!.expires - Date.now() / 1_000).to.be.within(399 * 86_400, 400 * 86_400);
    const other = await load(`https://help.shop.example/${query}`);
    await track(other);
    expect(await who(other)).to.deep.equal(visitor);
    expect(await types(other)).to.deep.equal(['feature_used']);
    expect(await stored(other)).to.equal(null);
    await other.evaluate((id) => window.visited.visitor.identify(id), 'x'.repeat(5_000));
    expect(await context.cookies()).to.have.lengthOf(0);
    await reset(page);
    expect(await context.cookies()).to.have.lengthOf(1);
    await page.evaluate(() => {
      window.visited.consent$.next('denied');
    });
    expect(await context.cookies()).to.have.lengthOf(0);
  });
});
