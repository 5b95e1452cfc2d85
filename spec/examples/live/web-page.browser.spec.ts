import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { BehaviorSubject, EMPTY, Subject } from 'rxjs';
import { main } from '../../../examples/live/index.js';
import { changed, configOf, initialSettings, type Settings } from '../../../examples/live/settings.js';
import { openWebPage, type WebPage } from '../../../examples/live/web/web-page.js';
import { EventCollector, MemorySink } from '../../../lib/index.js';
import { violationsIn } from '../../support/axe.js';
import { launchChromium } from '../../support/chromium.js';
import { anySqlite } from '../../support/sqlite-drivers.js';
import { until } from '../../support/until.js';

describe('the page of a run', function () {
  this.timeout(60_000);

  let settings$: BehaviorSubject<Settings>;
  let collector: EventCollector;
  let page: WebPage;

  beforeEach(async () => {
    settings$ = new BehaviorSubject(initialSettings({ faults: {}, sample: 1, queue: 100, paused: false }, ['upstream', 'memory']));
    collector = new EventCollector({ sinks: [new MemorySink()], config: { batch: { maxAgeMs: 100 } } });
    settings$.subscribe((settings) => {
      collector.updateConfig(configOf(settings));
    });
    page = await openWebPage(
      {
        collector,
        settings$,
        answers$: EMPTY,
        change: (change) => {
          settings$.next(changed(settings$.value, change));
        },
      },
      'a run',
    );
  });

  afterEach(async () => {
    await page.close();
    await collector.shutdown();
  });

  const statusOf = async (path: string, headers: Record<string, string> = {}): Promise<number | undefined> => {
    const [response] = (await once(get(new URL(path, page.url), { headers }), 'response')) as [IncomingMessage];
    response.destroy();
    return response.statusCode;
  };

  it('refuses a foreign host, a foreign origin, and a request without the token', async () => {
    const { search, host } = new URL(page.url);
    expect(host).to.match(/^127\.0\.0\.1:\d+$/);
    for (const path of ['/', '/collector']) {
      expect(await statusOf(path + search)).to.equal(200);
      expect(await statusOf(path + search, { host: 'attacker.example' })).to.equal(403);
      expect(await statusOf(path)).to.equal(401);
      expect(await statusOf(`${path}?token=0123456789abcdef`)).to.equal(401);
    }
    expect(await statusOf(`/collector${search}`, { origin: 'http://attacker.example' })).to.equal(403);
    expect(await statusOf(`/package.json${search}`)).to.equal(404);
  });

  describe('in Chromium', () => {
    let browser: Browser;

    before(async function () {
      browser = await launchChromium(this);
    });

    after(() => (browser as Browser | undefined)?.close());

    it('shows the run, changes the settings that keys change, and follows those of keys', async () => {
      const tab = await browser.newPage();
      const errors: string[] = [];
      tab.on('pageerror', ({ message }) => errors.push(message));
      await tab.goto(page.url);
      await tab.getByRole('heading', { name: 'a run' }).waitFor();
      await tab.getByLabel('Fault of upstream').selectOption('hanging');
      await until(() => settings$.value.healths.upstream === 'hanging');
      await tab.getByLabel('Sampling rate').selectOption('50 %');
      await until(() => collector.config.sampling.rate === 0.5);
      await tab.getByLabel('Queue limit').selectOption('30');
      await until(() => settings$.value.maxEvents === 30);
      await tab.getByLabel('Input').selectOption('paused');
      await until(() => settings$.value.isPaused);
      settings$.next(changed(settings$.value, { type: 'pause' }));
      await tab.waitForFunction(() => {
        const root = document.querySelector('event-collector-devtools')?.shadowRoot;
        return [...(root?.querySelectorAll('select') ?? [])].some(({ value }) => value === 'running');
      });
      for (let n = 0; n < 100; n += 1) collector.track('seen', { n });
      await collector.shutdown();
      await tab.getByText('The collector has shut down').waitFor();
      const { offered = 0, delivered = 0, dropped = 0 } = collector.stats().sinks.memory ?? {};
      expect(dropped).to.be.above(0);
      await tab.getByText(`${String(offered)} offered = ${String(delivered)} delivered + 0 failed + ${String(dropped)} dropped`).waitFor();
      expect(errors).to.deep.equal([]);
    });

    it('draws curves, and after a run the answers of the store that the terminal prints', async function () {
      anySqlite(this);
      const folder = await mkdtemp(join(tmpdir(), 'page-'));
      const stdin = new PassThrough();
      const stop$ = new Subject<void>();
      const printed: string[] = [];
      const code = main(['-', '--type-field', 'type', '--store', join(folder, 'events.db')], {
        stdin,
        cwd: folder,
        print: (line) => printed.push(line),
        stop$,
      });
      const tab = await browser.newPage({ viewport: { width: 1_280, height: 900 } });
      const errors: string[] = [];
      const asked = new Set<string>();
      tab.on('request', (request) => asked.add(new URL(request.url()).host));
      tab.on('pageerror', ({ message }) => errors.push(message));
      try {
        const hostile = '<img src=x onerror=alert(1)>';
        const at = Date.UTC(2026, 2, 1, 10);
        const records = ['ada', 'bob'].flatMap((user, minute) =>
          ['search', 'search', hostile]
            .slice(2 * minute)
            .map((type) => ({ type, time: new Date(at + minute * 60_000).toISOString(), user_id: user })),
        );
        stdin.write(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
        const addressOf = (): string => /http:\S+/.exec(printed.join('\n'))?.[0] ?? '';
        await until(() => addressOf() !== '');
        await tab.goto(addressOf());
        await tab.getByText('4 received').first().waitFor();
        await tab.locator('event-collector-devtools .chart canvas').first().waitFor();
        stop$.next();
        const minutes = tab.getByRole('region', { name: 'Stored events per minute' });
        await minutes.waitFor();
        expect(await minutes.getByRole('row').allTextContents()).to.deep.equal([
          'minuteeventsmost of them',
          '2026-03-01T10:00Z3search',
          `2026-03-01T10:01Z1${hostile}`,
        ]);
        const bars = await minutes.locator('th i').evaluateAll((all) => all.map((bar) => (bar as HTMLElement).offsetWidth));
        expect(bars[0])
          .to.be.above(20)
          .and.be.closeTo(3 * (bars[1] ?? 0), 1);
        expect(await tab.getByRole('region', { name: 'Different data.user_id' }).getByRole('row').last().textContent()).to.equal(
          'data.user_id2',
        );
        await tab.getByText('The collector has shut down').waitFor();
        expect(await violationsIn(tab)).to.deep.equal([]);
        expect(await code).to.equal(0);
        expect(printed.join('\n')).to.include('the busiest minute: 2026-03-01T10:00Z, 3 events').and.include('different data.user_id: 2');
        expect(errors).to.deep.equal([]);
        // No network: a `data:` icon has no host.
        asked.delete('');
        expect([...asked]).to.deep.equal([new URL(addressOf()).host]);
        if (process.env.SHOTS !== undefined) await tab.screenshot({ path: `${process.env.SHOTS}/answers.png`, fullPage: true });
      } finally {
        stop$.next();
        await tab.close();
        await code;
        await rm(folder, { recursive: true, force: true });
      }
    });
  });
});
