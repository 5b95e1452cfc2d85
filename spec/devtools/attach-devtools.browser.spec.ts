import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { overflowOf, violationsIn } from '../support/axe.js';
import { expectBalancedStats } from '../support/books.js';
import { launchChromium, scriptOf } from '../support/chromium.js';
import { until } from '../support/until.js';

describe('attachDevtools, in Chromium', function () {
  this.timeout(60_000);

  let browser: Browser;
  let script: string;
  let page: Page;
  let errors: string[];

  before(async function () {
    browser = await launchChromium(this);
    script = await scriptOf('spec/devtools/devtools-program.ts');
  });

  after(() => (browser as Browser | undefined)?.close());

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1_280, height: 900 } });
    errors = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    // Scripts of the page's own, but none in attributes or texts; no style from texts either.
    await page.route('http://shop.test/**', (route) =>
      route.fulfill(
        route.request().url().endsWith('.js')
          ? { contentType: 'text/javascript', body: script }
          : {
              contentType: 'text/html',
              headers: { 'content-security-policy': "default-src 'none'; script-src 'self'; img-src data:" },
              body: '<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1><button id="before">Buy</button></main><script src="/shop.js"></script>',
            },
      ),
    );
    await page.goto('http://shop.test/');
  });

  afterEach(async () => {
    await page.close();
    expect(errors).to.deep.equal([]);
  });

  const collect = (count: number, type = 'feature_used'): Promise<void> =>
    page.evaluate(
      ([n, name]) => {
        for (let index = 0; index < n; index += 1) window.shop.collector.track(name, { index, to: 'ada@example.org' });
      },
      [count, type] as const,
    );
  const section = (name: string) => page.getByRole('region', { name, exact: true }).first();
  const textOf = async (name: string): Promise<string> => (await section(name).textContent()) ?? '';
  const stats = () => page.evaluate(() => window.shop.stats());
  const attach = async (options: { readonly theme?: 'light' | 'dark' } = {}): Promise<void> => {
    await page.evaluate((given) => {
      window.shop.attach(given);
    }, options);
    await page.getByRole('heading', { name: 'Pipeline' }).waitFor();
  };

  it('shows the numbers of stats() at the end', async () => {
    await attach();
    await page.evaluate(() => {
      window.shop.collector.updateConfig({ sampling: { rate: 0.5 } });
    });
    await collect(500);
    await collect(30, '');
    await collect(10, 'sensitive_data_accessed');
    await page.evaluate(() => window.shop.collector.shutdown());
    const last = await stats();
    expectBalancedStats(last);
    expect(last.eventsSampledOut).to.be.above(0);
    await page.getByText('The collector has shut down').waitFor();
    const number = (value: number): string => value.toLocaleString('en');
    const ledger = `${number(last.eventsReceived)} received = 30 invalid + 0 closed + 10 filtered + ${number(last.eventsSampledOut)} sampled out + 0 dropped + 0 buffered + ${number(last.eventsProcessed)} processed`;
    await until(async () => (await textOf('Ledger')).includes(ledger));
    for (const name of ['warehouse', 'crm']) {
      const { offered, delivered, attempts } = last.sinks[name] ?? { offered: 0, delivered: 0, attempts: 0 };
      expect(await textOf('Ledger')).to.include(
        `${number(offered)} offered = ${number(delivered)} delivered + 0 failed + 0 dropped + 0 pending`,
      );
      const row = page.getByRole('row', { name: new RegExp(`^${name} `) });
      expect(await row.textContent()).to.include(`${number(delivered)}00${number(attempts)}0`);
    }
    const picture = (await page.getByRole('img', { name: /^Pipeline/ }).getAttribute('aria-label')) ?? '';
    expect(picture).to.equal(
      `Pipeline: received 540 (30 invalid), admitted 500 (10 filtered), sampled ${number(last.eventsProcessed)} (${number(last.eventsSampledOut)} sampled out), ` +
        `accepted ${number(last.eventsProcessed)}, in batches ${number(last.eventsProcessed)}, ` +
        ['warehouse', 'crm'].map((name) => `${name} ${number(last.sinks[name]?.delivered ?? 0)}`).join(', '),
    );
    expect((await page.getByText(/✓ balanced/).count()) > 0).to.equal(true);
  });

  it('draws curves', async () => {
    await attach();
    for (let round = 0; round < 5; round += 1) {
      await collect(50);
      await page.waitForFunction(
        (received) => document.querySelector('event-collector-devtools')?.shadowRoot?.textContent.includes(`${received} received`),
        String((round + 1) * 50),
      );
    }
    /** Pixels of the first chart that have the colour of its first curve. */
    const pixels = await page.waitForFunction(() => {
      const root = document.querySelector('event-collector-devtools')?.shadowRoot;
      const canvas = root?.querySelector('canvas');
      const swatch = root?.querySelector('.series-0');
      if (!canvas || !swatch) return 0;
      const [red, green, blue] = (getComputedStyle(swatch).color.match(/\d+/g) ?? []).map(Number);
      const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
      let found = 0;
      for (let at = 0; at < data.length; at += 4) if (data[at] === red && data[at + 1] === green && data[at + 2] === blue) found += 1;
      return found;
    });
    expect(await pixels.jsonValue()).to.be.above(20);
  });

  it('switches a fault, shows its effects, and redelivers', async () => {
    await attach();
    await page.getByLabel('Fault').selectOption('failing');
    await page.getByText('Fault: failing').waitFor();
    expect(await page.evaluate(() => window.shop.fault$.value)).to.equal('failing');
    await collect(40);
    await page.getByText('breaker open').first().waitFor();
    await page.getByText(/^warehouse: failed/).waitFor();
    await page.getByRole('button', { name: 'Redeliver 20 events to warehouse' }).first().waitFor();
    await page.getByLabel('Fault').selectOption('ok');
    await page.getByRole('button', { name: 'Retry now' }).click();
    for (let letter = 0; letter < 2; letter += 1) {
      await page.getByRole('button', { name: 'Redeliver 20 events to warehouse' }).first().click();
      await page.getByText('20 offered to warehouse again').waitFor();
      await page.waitForFunction((left) => {
        const root = document.querySelector('event-collector-devtools')?.shadowRoot;
        return root?.querySelectorAll('.letters button').length === left;
      }, 1 - letter);
    }
    await until(async () => (await stats()).sinks.crm?.delivered === 40);
    expect((await stats()).sinks.warehouse).to.include({ offered: 80, delivered: 40, failed: 40 });
  });

  it('shows payloads as text, after redaction', async () => {
    await attach();
    await page.evaluate(() => {
      const hostile = '<img src=x onerror="window.injected=1"><script>window.injected=1</script>';
      window.shop.collector.track(hostile, { [hostile]: hostile, to: 'ada@example.org', style: '</style><b>bold</b>' });
    });
    await section('Latest events').getByRole('button', { name: '<img' }).click();
    const detail = page.getByRole('group', { name: 'Selected event' });
    await detail.getByText('[redacted:email]').waitFor();
    await detail.getByText('1 × email').waitFor();
    await detail.getByText('delivered').first().waitFor();
    expect(await detail.textContent())
      .to.include('<script>window.injected=1</script>')
      .and.not.include('ada@');
    await page.getByRole('button', { name: 'Explain an event like this' }).click();
    await page.getByText(/it goes to 2 sinks/).waitFor();
    expect(await page.evaluate(() => [Reflect.get(window, 'injected') as unknown, document.querySelectorAll('img').length])).to.deep.equal([
      undefined,
      0,
    ]);
    const inside = await page.evaluate(() => {
      const root = document.querySelector('event-collector-devtools')?.shadowRoot;
      return root?.querySelectorAll('img, script, style').length;
    });
    expect(inside).to.equal(0);
  });

  it('explains an event that is typed', async () => {
    await attach();
    await page.getByLabel('Event, as JSON').fill('{"type":"auth_attempted"}');
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await page.getByText('privacyLevel is balanced: category security is not collected').waitFor();
    await page.getByLabel('Event, as JSON').fill('{');
    await page.getByRole('button', { name: 'Explain', exact: true }).click();
    await page.getByText(/JSON/).last().waitFor();
    expect((await stats()).eventsReceived).to.equal(0);
  });

  it('changes consent and sampling', async () => {
    await attach();
    await page.getByLabel('Consent').selectOption('denied');
    await page.getByText('Consent: denied').waitFor();
    expect(await page.evaluate(() => window.shop.collector.track('a'))).to.equal('filtered');
    await page.getByLabel('Sampling rate').selectOption('0 %');
    await page.getByText('Sampling rate: 0 %').waitFor();
    expect(await page.evaluate(() => window.shop.collector.config.sampling.rate)).to.equal(0);
  });

  it('closes with Escape, returns the focus, and leaves nothing behind', async () => {
    // A script as text: it replaces what the library calls.
    await page.evaluate(`{
      const { setInterval, clearInterval } = window;
      window.intervals = new Set();
      window.setInterval = (...args) => { const id = setInterval(...args); window.intervals.add(id); return id; };
      window.clearInterval = (id) => { window.intervals.delete(id); clearInterval(id); };
    }`);
    const intervals = (): Promise<number> => page.evaluate(() => (Reflect.get(window, 'intervals') as Set<number>).size);
    await page.focus('#before');
    await attach();
    await page.getByLabel('Delivery').selectOption('paused');
    await page.getByText('Delivery: paused').waitFor();
    // Of the snapshots, and of the wait for the next one.
    expect(await intervals()).to.equal(2);
    await collect(20);
    expect((await stats()).sinks.crm?.pending).to.equal(20);
    await page.keyboard.press('Escape');
    expect(await page.locator('event-collector-devtools').count()).to.equal(0);
    expect(await page.evaluate(() => document.activeElement?.id)).to.equal('before');
    expect(await intervals()).to.equal(0);
    // The pause was made by the tools.
    expect((await stats()).sinks.crm).to.include({ delivered: 20, pending: 0 });
    await attach();
    await page.getByRole('button', { name: 'Close' }).click();
    expect(await page.locator('event-collector-devtools').count()).to.equal(0);
  });

  it('leaves the focus where it is when it is closed from elsewhere', async () => {
    await attach();
    await page.focus('#before');
    await page.evaluate(() => {
      window.shop.detach();
    });
    expect(await page.evaluate(() => document.activeElement?.id)).to.equal('before');
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await attach();
    const other = await page.evaluateHandle(() => document.querySelector('h1') as HTMLElement);
    await other.evaluate((heading) => {
      heading.tabIndex = 0;
      heading.focus();
      window.shop.detach();
    });
    expect(await page.evaluate(() => document.activeElement?.tagName)).to.equal('H1');
  });

  it('accepts a source before the element is defined, and indicates outdated data', async () => {
    await page.clock.install();
    await page.evaluate(() => {
      const element = document.createElement('event-collector-devtools');
      element.source = window.shop.silent;
      window.shop.define();
      document.body.append(element);
    });
    await page.getByRole('heading', { name: 'Shop', exact: true }).last().waitFor();
    await page.clock.runFor(6_000);
    await page.getByText(/^No answer since/).waitFor();
  });

  it('shows no dead letter and no diagnostic of an earlier connection', async () => {
    await page.evaluate(() => {
      window.shop.define();
      const element = document.createElement('event-collector-devtools');
      element.source = window.shop.interrupted;
      document.body.append(element);
      window.shop.fault$.next('failing');
    });
    const letters = page.locator('.letters li');
    await collect(20, 'early');
    await letters.filter({ hasText: 'early' }).waitFor();
    await page.evaluate(() => {
      window.shop.reconnect();
    });
    await collect(20, 'late');
    await letters.filter({ hasText: 'late' }).waitFor();
    expect(await letters.count()).to.equal(1);
  });

  it('draws nothing while it is hidden, and everything when it is shown', async () => {
    const refused: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') refused.push(message.text());
    });
    await page.clock.install();
    await attach();
    await page.clock.runFor(1_000);
    await page.getByRole('img', { name: /^Pipeline: received 0/ }).waitFor();
    const element = page.locator('event-collector-devtools');
    await element.evaluate((host) => {
      host.toggleAttribute('hidden', true);
    });
    await collect(20);
    await page.clock.runFor(2_000);
    const label = (): Promise<string> =>
      page.evaluate(
        () => document.querySelector('event-collector-devtools')?.shadowRoot?.querySelector('.pipeline')?.getAttribute('aria-label') ?? '',
      );
    expect(await label()).to.match(/^Pipeline: received 0/);
    await element.evaluate((host) => {
      // Less than its padding.
      host.style.width = '30px';
      host.toggleAttribute('hidden', false);
    });
    await until(async () => {
      await page.clock.runFor(500);
      return (await label()).startsWith('Pipeline: received 20');
    });
    expect(refused).to.deep.equal([]);
  });

  it('updates the events of a held list, and marks those that are no longer updated', async () => {
    await page.clock.install();
    await attach();
    await page.evaluate(() => {
      window.shop.collector.updateConfig({ batch: { maxCount: 1_000, maxAgeMs: 60_000 } });
    });
    await collect(1, 'held');
    await section('Latest events').getByRole('button', { name: 'held' }).click();
    const row = page.getByRole('row', { name: /held/ });
    await page.getByRole('checkbox', { name: 'Hold the list' }).uncheck();
    await page.getByRole('checkbox', { name: 'Hold the list' }).check();
    const detail = page.getByRole('group', { name: 'Selected event' });
    for (const place of [row, detail]) await place.getByText('in the open batch', { exact: true }).waitFor();
    await collect(60, 'other');
    await page.evaluate(() => window.shop.collector.flush());
    for (const place of [row, detail])
      await place
        .getByText(/delivered|✓ warehouse\s+✓ crm/)
        .first()
        .waitFor();
    // Without a settled outcome: not in the snapshots any more.
    await page.getByRole('checkbox', { name: 'Hold the list' }).uncheck();
    await collect(1, 'lost of sight');
    await section('Latest events').getByRole('button', { name: 'lost of sight' }).click();
    for (let snapshot = 0; snapshot < 12; snapshot += 1) {
      await collect(60, 'other');
      await page.clock.runFor(250);
    }
    await page
      .getByRole('row', { name: /lost of sight/ })
      .getByText('in the open batch, when last seen')
      .waitFor();
    await detail.getByText('in the open batch, when last seen').waitFor();
  });

  it('keeps the focus in the selected event when its outcome arrives', async () => {
    await attach();
    await page.evaluate(() => {
      window.shop.collector.updateConfig({ batch: { maxAgeMs: 60_000 } });
    });
    await collect(1, 'seen');
    await section('Latest events').getByRole('button', { name: 'seen' }).click();
    const button = page.getByRole('button', { name: 'Explain an event like this' });
    await button.focus();
    await page.evaluate(() => window.shop.collector.flush());
    await page.getByRole('group', { name: 'Selected event' }).getByText('delivered').first().waitFor();
    expect(await button.evaluate((element) => element.matches(':focus'))).to.equal(true);
  });

  it('shows a setting whose value is not among its choices', async () => {
    await attach();
    const rate = page.getByLabel('Sampling rate');
    for (const value of [0.33, 0.07, 1]) {
      await page.evaluate((to) => {
        window.shop.collector.updateConfig({ sampling: { rate: to } });
      }, value);
      await until(async () => (await rate.inputValue()) === `${String(Math.round(value * 100))} %`);
    }
    expect(await rate.locator('option').count()).to.equal(8);
  });

  it('throws for invalid options', async () => {
    const thrown = (options: object): Promise<string> =>
      page.evaluate((given) => {
        try {
          window.shop.attach(given);
          return '';
        } catch (error) {
          return String(error);
        }
      }, options);
    expect(await thrown({ theme: 'blue' })).to.equal("TypeError: Expected `theme` to be one of 'light', 'dark', got `'blue'` (string)");
    expect(await thrown({ parent: 'main' })).to.equal("TypeError: Expected `parent` to be an element, got `'main'` (string)");
    expect(await thrown({ titel: 'Shop' })).to.include('Did you mean `title`?');
    expect(await page.locator('event-collector-devtools').count()).to.equal(0);
  });

  it('shows two elements, of which one is moved and removed while it is open', async () => {
    await attach();
    await page.evaluate(() => {
      window.shop.attach({ title: 'Second' });
    });
    await page.getByRole('heading', { name: 'Second', exact: true }).waitFor();
    await page.evaluate(() => {
      const [first] = document.querySelectorAll('event-collector-devtools');
      document.querySelector('main')?.append(first ?? '');
    });
    await collect(20);
    for (const index of [0, 1]) await page.locator('event-collector-devtools').nth(index).getByText('20 received').first().waitFor();
    await page.evaluate(() => {
      document.querySelector('main event-collector-devtools')?.remove();
    });
    await collect(20);
    await page.getByText('40 received').first().waitFor();
    expect(await page.locator('event-collector-devtools').count()).to.equal(1);
  });

  it('works with keys alone', async () => {
    await page.focus('#before');
    await attach();
    await collect(1, 'pressed');
    await section('Latest events').getByRole('button', { name: 'pressed' }).waitFor();
    const isAt = (role: string, name: string): Promise<boolean> =>
      page.getByRole(role as 'button', { name, exact: true }).evaluate((element) => element.matches(':focus'));
    const tabTo = async (role: string, name: string): Promise<void> => {
      for (let press = 0; press < 40 && !(await isAt(role, name)); press += 1) await page.keyboard.press('Tab');
      expect(await isAt(role, name), name).to.equal(true);
    };
    await tabTo('combobox', 'Fault');
    await page.keyboard.press('ArrowDown');
    await page.getByText('Fault: failing').waitFor();
    await tabTo('button', 'pressed');
    await page.keyboard.press('Enter');
    await page.getByRole('group', { name: 'Selected event' }).waitFor();
    await tabTo('button', 'Explain an event like this');
    await page.keyboard.press('Space');
    await page.getByText(/it goes to 2 sinks/).waitFor();
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => document.activeElement?.id)).to.equal('before');
  });

  it('stays usable at 100,000 events a second', async () => {
    await attach();
    const received = await page.evaluate(async () => {
      for (let round = 0; round < 20; round += 1) {
        for (let index = 0; index < 10_000; index += 1) window.shop.collector.track('flood', { index });
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return window.shop.stats().eventsReceived;
    });
    await page
      .getByText(`${received.toLocaleString('en')} received`)
      .first()
      .waitFor();
    expectBalancedStats(await stats());
    expect(await section('Latest events').getByRole('button').count()).to.equal(25);
    await page.getByLabel('Sampling rate').selectOption('0 %');
    await page.getByText('Sampling rate: 0 %').waitFor();
  });

  for (const theme of ['light', 'dark'] as const)
    for (const width of [1_280, 390])
      it(`has no fault that axe finds: ${theme}, ${String(width)} px`, async () => {
        await page.setViewportSize({ width, height: 844 });
        await attach({ theme });
        await page.evaluate(() => {
          window.shop.fault$.next('failing');
        });
        await collect(60);
        await collect(3, '');
        await page
          .getByRole('button', { name: /^Redeliver/ })
          .first()
          .waitFor();
        await section('Latest events').getByRole('button').first().click();
        await page.getByRole('button', { name: 'Explain', exact: true }).click();
        await page.getByText(/it goes to/).waitFor();
        expect(await violationsIn(page, 'event-collector-devtools')).to.deep.equal([]);
        expect(await overflowOf(page)).to.equal(0);
        if (process.env.SHOTS !== undefined) await page.screenshot({ path: `${process.env.SHOTS}/docked-${theme}-${String(width)}.png` });
      });
});
