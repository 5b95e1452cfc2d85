import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core';
import { launchChromium, scriptOf } from '../support/chromium.js';
import type { LeavingSettings } from './leaving-program.js';
import { LeavingSite } from './leaving-site.js';

interface Row {
  readonly state: string;
  readonly settings?: LeavingSettings;
  /** `'readme'` runs the settings of the snippet in docs/start.md. @default 'program' */
  readonly script?: 'program' | 'readme';
  /** What happens before the page goes. `frame` is the frame with the collector. */
  readonly before: (parts: { readonly frame: Frame | Page; readonly site: LeavingSite }) => Promise<unknown>;
  /** @default a click on a link */
  readonly leave?: 'navigate' | 'close' | 'remove the frame';
  /** Events collected, and how many of them must arrive at least. */
  readonly sent: number;
  readonly required?: number;
  /** Whether the row depends on how a page's transport sends. */
  readonly isOfTransport?: boolean;
}

/** Rows that depend on the transport run as soon as it sends everything synchronously while a page goes. */
const HAS_TRANSPORT = existsSync(new URL('../../lib/browser/page-send.ts', import.meta.url));

/** So many events of this size are 61 kB as JSON, more than one body of the snippet's `maxBodyBytes` and less than 64 KiB. */
const PADDING = 4_780;

const collect = (frame: Frame | Page, from: number, to: number, bytes = 0): Promise<void> =>
  frame.evaluate(
    (range) => {
      window.collect(range.from, range.to, range.bytes);
    },
    { from, to, bytes },
  );
const flush = (frame: Frame | Page): Promise<void> =>
  frame.evaluate(() => {
    window.leaving.flush().catch(() => undefined);
  });

/** A batch is refused and waits; then the server is well again, with more events in the open batch. */
const refused =
  (answering: 'busy' | 'busy for 20 s', upTo: number, total: number): Row['before'] =>
  async ({ frame, site }) => {
    site.answering = answering;
    await collect(frame, 0, upTo);
    await flush(frame);
    await until(() => frame.evaluate(() => window.hasFailed));
    site.answering = 'accept';
    await collect(frame, upTo, total);
  };

const ROWS: readonly Row[] = [
  { state: 'an open batch', before: ({ frame }) => collect(frame, 0, 10), sent: 10 },
  { state: 'the same, and the tab is closed', before: ({ frame }) => collect(frame, 0, 10), leave: 'close', sent: 10 },
  {
    state: 'a batch waits for its retry, and a new one is open',
    settings: { lane: { retry: { baseDelayMs: 20_000, jitter: 'none' } } },
    before: refused('busy', 5, 10),
    sent: 10,
  },
  { state: 'a batch waits 20 s for Retry-After, and a new one is open', before: refused('busy for 20 s', 5, 10), sent: 10 },
  {
    state: 'the breaker is open, and the server well again',
    settings: { maxCount: 5, lane: { breaker: { failures: 1, openMs: 60_000 } } },
    before: refused('busy', 5, 20),
    sent: 20,
  },
  {
    state: 'concurrency 1, and a slow request under way',
    settings: { maxCount: 10 },
    before: async ({ frame, site }) => {
      site.answering = 'silent';
      await collect(frame, 0, 10);
      await until(() => site.requests === 1);
      await collect(frame, 10, 35);
    },
    sent: 35,
  },
  {
    state: 'the first request of a batch of four is unanswered',
    settings: { maxCount: 40, sink: { maxBodyEvents: 10 } },
    before: async ({ frame, site }) => {
      site.answering = 'silent';
      await collect(frame, 0, 40);
      await until(() => site.requests === 1);
    },
    sent: 40,
    isOfTransport: true,
  },
  {
    state: 'a request waits for its headers',
    settings: { maxCount: 10, hasSlowHeaders: true },
    before: ({ frame }) => collect(frame, 0, 10),
    sent: 10,
    isOfTransport: true,
  },
  {
    state: 'the frame is removed, and its sink calls fetch',
    settings: { isDirect: true },
    before: ({ frame }) => collect(frame, 0, 1),
    leave: 'remove the frame',
    sent: 1,
  },
  {
    state: 'the same, and a later listener collects another event',
    settings: { isDirect: true, hasLateListener: true },
    before: ({ frame }) => collect(frame, 0, 1),
    leave: 'remove the frame',
    sent: 2,
  },
  {
    state: 'the frame is removed, with httpSink',
    before: ({ frame }) => collect(frame, 0, 1),
    leave: 'remove the frame',
    sent: 1,
    isOfTransport: true,
  },
  {
    state: 'gzip, 50 events, 4 kB',
    settings: { sink: { compress: 'gzip' } },
    before: ({ frame }) => collect(frame, 0, 50),
    leave: 'close',
    sent: 50,
    isOfTransport: true,
  },
  {
    state: 'settings of docs/start.md, 61 kB',
    script: 'readme',
    before: ({ frame }) => collect(frame, 0, 12, PADDING),
    leave: 'close',
    sent: 12,
    isOfTransport: true,
  },
  {
    state: 'settings of docs/start.md, 150 kB: as many as 64 KiB hold',
    script: 'readme',
    before: ({ frame }) => collect(frame, 0, 30, PADDING),
    leave: 'close',
    sent: 30,
    required: 12,
    isOfTransport: true,
  },
  {
    state: 'maxBodyBytes of docs/start.md in a default lane, 61 kB',
    settings: { sink: { maxBodyBytes: 60_000 } },
    before: ({ frame }) => collect(frame, 0, 12, PADDING),
    sent: 12,
    isOfTransport: true,
  },
  {
    state: 'another script holds 60 kB of keepalive, the page visible',
    settings: { sink: { maxBodyBytes: 60_000 } },
    before: async ({ frame, site }) => {
      await frame.evaluate(() => {
        fetch('/silent', { method: 'POST', keepalive: true, body: 'x'.repeat(60_000) }).catch(() => undefined);
      });
      for (let round = 0; round < 6; round += 1) {
        await collect(frame, round * 10, round * 10 + 10, 500);
        await flush(frame);
      }
      await until(() => site.arrived.size === 60).catch(() => undefined);
    },
    sent: 60,
    isOfTransport: true,
  },
];

async function until(isSo: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  for (const limit = AbortSignal.timeout(limitMs); !(await isSo()); limit.throwIfAborted())
    await new Promise((resolve) => setTimeout(resolve, 10));
}

/** The collector of the snippet for pages in docs/start.md, as it stands there; its events go to this server. */
async function readmeScript(): Promise<string> {
  const readme = readFileSync(new URL('../../docs/start.md', import.meta.url), 'utf8');
  const snippet = /^const sink = httpSink\(\{[^\n]*pageTransport\(\)[\s\S]*?^withPageLifecycle\(collector\);$/m.exec(readme)?.[0];
  if (snippet === undefined) throw new Error('Expected a snippet for pages in docs/start.md');
  return scriptOf({
    text: `import { EventCollector } from './lib/index.js';
        import { pageTransport, withPageLifecycle } from './lib/browser/index.js';
        import { httpSink } from './lib/http/index.js';
        ${snippet.replace(/url: '[^']*'/, "url: '/events'")}
        window.leaving = collector;
        void import('./spec/browser/leaving-program.js');`,
  });
}

describe('a page that is left', function () {
  this.timeout(60_000);

  let browser: Browser;
  let scripts: Readonly<Record<string, string>>;
  let context: BrowserContext;
  let site: LeavingSite;
  const results: { readonly state: string; readonly sent: number; readonly arrived: number; readonly required: number }[] = [];

  before(async function () {
    browser = await launchChromium(this);
    scripts = { 'program.js': await scriptOf('spec/browser/leaving-program.ts'), 'readme.js': await readmeScript() };
  });

  after(async () => {
    await (browser as Browser | undefined)?.close();
    if (results.length > 0) console.table(results);
  });

  beforeEach(async () => {
    site = await LeavingSite.open(scripts);
    context = await browser.newContext();
  });

  afterEach(async () => {
    await context.close();
    await site.close();
  });

  for (const {
    state,
    settings = {},
    script = 'program',
    before: prepare,
    leave = 'navigate',
    sent,
    required = sent,
    isOfTransport,
  } of ROWS) {
    it(`delivers ${String(required)} of ${String(sent)}: ${state}`, async function () {
      if (isOfTransport && !HAS_TRANSPORT) this.skip();
      const page = await context.newPage();
      const isFramed = leave === 'remove the frame';
      await page.goto(site.url(`${isFramed ? 'parent' : ''}?${script}#${encodeURIComponent(JSON.stringify(settings))}`));
      if (isFramed) await until(() => page.frames().length === 2);
      const frame = isFramed ? page.frames()[1] : page;
      if (frame === undefined) throw new Error('Expected a frame');
      await frame.waitForFunction(() => 'collect' in window);
      await prepare({ frame, site });
      if (leave === 'navigate') await page.click('a');
      else if (leave === 'close') await page.close();
      else {
        await page.evaluate(() => {
          document.querySelector('iframe')?.remove();
        });
      }
      await until(() => site.arrived.size >= required).catch(() => undefined);
      results.push({ state, sent, arrived: site.arrived.size, required });
      expect(site.arrived.size).to.be.at.least(required);
    });
  }
});
