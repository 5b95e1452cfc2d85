/**
 * `npm run screenshots`: runs `npm start` on generated events, with a failing upstream, and takes pictures of its page and its terminal view for the README
 * and docs/devtools.md. Needs Chromium; CHROMIUM names another one than Debian's.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { chromium, type Browser } from 'playwright-core';
import { Subject } from 'rxjs';
import { main } from '../examples/live/index.js';
import { ROOT } from './entries.js';

const IMAGES = join(ROOT, 'docs/images');
const TYPES = ['page_viewed', 'element_clicked', 'order_placed', 'cache_hit', 'response_latency', 'error_occurred', 'feature_used'];

/** A terminal of this size, and everything written to it. */
function terminalOf(columns: number, rows: number): { readonly terminal: WriteStream; readonly written: () => string } {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { terminal: Object.assign(stream, { columns, rows, isTTY: true }) as unknown as WriteStream, written: () => text };
}

/** A keyboard on which nothing is pressed. */
const keyboard = Object.assign(new PassThrough(), {
  isTTY: true,
  setRawMode: () => keyboard,
  ref: () => keyboard,
  unref: () => keyboard,
}) as unknown as ReadStream;

/** Styles of the codes that the view uses; the key of a style is the code that ends it. */
const STYLES: Readonly<Record<string, readonly [end: string, style: string]>> = {
  1: ['22', 'font-weight:bold'],
  2: ['22', 'opacity:.65'],
  31: ['39', 'color:#ff8a80'],
  32: ['39', 'color:#4cc98a'],
  33: ['39', 'color:#f0b44c'],
  36: ['39', 'color:#6db3ff'],
  90: ['39', 'opacity:.65'],
};

/** The last frame of a terminal as HTML. */
function frameHtml(written: string): string {
  const frame = written.slice(written.lastIndexOf('\u001B[G') + 3);
  const styles = new Map<string, string>();
  const parts = frame.split(/\u001B\[([?\d;]*)([A-Za-z])/);
  let html = '';
  for (let index = 0; index < parts.length; index += 3) {
    const text = (parts[index] ?? '').replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    html += `<span style="${[...styles.values()].join(';')}">${text}</span>`;
    const code = parts[index + 1] ?? '';
    const [end, style] = STYLES[code] ?? [];
    if (end === undefined || style === undefined) styles.delete(code);
    else styles.set(end, style);
  }
  return `<body style="margin:0;background:#0d131c"><pre style="margin:0;padding:20px;color:#e4eaf2;font:14px/1.3 ui-monospace,monospace">${html}</pre>`;
}

/** @param most Height of the picture, at most. */
async function shoot(
  browser: Browser,
  url: string,
  name: string,
  width: number,
  colorScheme: 'light' | 'dark',
  most = Infinity,
): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  await page.goto(url);
  await page.getByText('breaker open').first().waitFor();
  // A curve of some length.
  await page.waitForTimeout(15_000);
  // What is outside of the viewport is not rendered.
  const height = Math.min(most, await page.evaluate(() => document.documentElement.scrollHeight));
  await page.setViewportSize({ width, height });
  await page.waitForTimeout(1_000);
  await page.screenshot({ path: join(IMAGES, name) });
  await page.close();
}

const folder = mkdtempSync(join(tmpdir(), 'screenshots-'));
mkdirSync(IMAGES, { recursive: true });
const records = Array.from({ length: 40_000 }, (_, n) => ({
  id: `e${String(n)}`,
  type: TYPES[(n * 5 + (n % 11)) % TYPES.length],
  path: `/shop/${String(n % 17)}`,
  ms: (n * 37) % 900,
}));
writeFileSync(join(folder, 'shop.ndjson'), records.map((record) => JSON.stringify(record)).join('\n'));

process.env.FORCE_COLOR = '1';
const { terminal, written } = terminalOf(110, 34);
const stop$ = new Subject<void>();
const running = main(
  [
    'shop.ndjson',
    '--rate',
    '400',
    '--no-store',
    '--queue',
    '3000',
    '--fault',
    'failing',
    '--grace',
    '0.1',
    '--out',
    join(folder, 'out.ndjson'),
  ],
  { stdin: new PassThrough(), cwd: folder, print: () => undefined, stop$, terminal, keyboard },
);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  let url: string | undefined;
  while (url === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    url = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{22}/.exec(written())?.[0];
  }
  await Promise.all([
    shoot(browser, url, 'devtools-light.png', 1_280, 'light'),
    shoot(browser, url, 'devtools-dark-390.png', 390, 'dark', 1_500),
  ]);
  const page = await browser.newPage({ viewport: { width: 980, height: 700 } });
  await page.setContent(frameHtml(written()));
  await page.locator('pre').screenshot({ path: join(IMAGES, 'terminal.png') });
} finally {
  await browser.close();
  stop$.next();
  await running;
  rmSync(folder, { recursive: true });
}
