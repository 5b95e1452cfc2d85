/**
 * `npm run screenshots`: runs `npm start` on generated events, with a failing upstream, and takes pictures of its page and its terminal view for the README
 * and docs/devtools.md. Needs Chromium; CHROMIUM names another one than Debian's.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { chromium, type Browser } from 'playwright-core';
import { Subject } from 'rxjs';
import { main } from '../examples/live/index.js';
import { ROOT } from './entries.js';

const IMAGES = join(ROOT, 'docs/images');
const TYPES = ['page_viewed', 'element_clicked', 'order_placed', 'cache_hit', 'response_latency', 'error_occurred', 'feature_used'];

/** A terminal of this size, and all that was written to it. */
function terminalOf(columns: number, rows: number): { readonly terminal: WriteStream; readonly written: () => string } {
  const stream = new PassThrough();
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { terminal: Object.assign(stream, { columns, rows, isTTY: true }) as unknown as WriteStream, written: () => text };
}

const COLORS: Readonly<Record<string, string>> = {
  1: 'font-weight:bold',
  2: 'opacity:.6',
  7: 'background:#d7dde6;color:#0d131c',
  31: 'color:#ff8a80',
  32: 'color:#4cc98a',
  33: 'color:#f0b44c',
  36: 'color:#6db3ff',
  90: 'opacity:.6',
};

/** The last frame of a terminal as HTML. */
function frameHtml(written: string): string {
  const frame = written.slice(written.lastIndexOf('\u001B[G') + 3);
  const escaped = frame.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  let open = 0;
  const html = escaped.replace(/\u001B\[([\d;]*)([A-Za-z])/g, (_, codes: string, command: string) => {
    if (command !== 'm') return '';
    const style = COLORS[codes];
    if (style !== undefined) {
      open += 1;
      return `<span style="${style}">`;
    }
    if (open === 0) return '';
    open -= 1;
    return '</span>';
  });
  return `<body style="margin:0;background:#0d131c"><pre style="margin:0;padding:20px;color:#e4eaf2;font:14px/1.3 ui-monospace,monospace">${html}</pre>`;
}

async function shoot(browser: Browser, url: string, name: string, width: number, colorScheme: 'light' | 'dark'): Promise<void> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  await page.goto(url);
  await page.getByText('breaker open').first().waitFor();
  // A curve of some length.
  await page.waitForTimeout(15_000);
  await page.screenshot({ path: join(IMAGES, name), fullPage: true });
  await page.close();
}

const folder = mkdtempSync(join(tmpdir(), 'screenshots-'));
mkdirSync(IMAGES, { recursive: true });
const input = join(folder, 'shop.ndjson');
const records = Array.from({ length: 40_000 }, (_, n) => ({
  id: `e${String(n)}`,
  type: TYPES[(n * 5 + (n % 11)) % TYPES.length],
  path: `/shop/${String(n % 17)}`,
  ms: (n * 37) % 900,
}));
writeFileSync(input, records.map((record) => JSON.stringify(record)).join('\n'));

process.env.FORCE_COLOR = '1';
const { terminal, written } = terminalOf(110, 34);
const stop$ = new Subject<void>();
const running = main(
  [input, '--rate', '400', '--no-store', '--queue', '3000', '--fault', 'failing', '--grace', '0.1', '--out', join(folder, 'out.ndjson')],
  { stdin: new PassThrough(), cwd: folder, print: () => undefined, stop$, terminal },
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
  await Promise.all([shoot(browser, url, 'devtools-light.png', 1_280, 'light'), shoot(browser, url, 'devtools-dark-390.png', 390, 'dark')]);
  const page = await browser.newPage({ viewport: { width: 980, height: 700 } });
  await page.setContent(frameHtml(written()));
  await page.locator('pre').screenshot({ path: join(IMAGES, 'terminal.png') });
} finally {
  await browser.close();
  stop$.next();
  await running;
  rmSync(folder, { recursive: true });
}
