/**
 * `npm run docs:check` reads the built site as a visitor without a network does, in Chromium: no dead link or anchor, no request to another origin, no
 * error on the console, no page wider than 390 px, and a search that finds. With `--screenshots FOLDER` it also takes pictures.
 */
import { createServer } from 'node:http';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { chromium } from 'playwright-core';

const OUT = join(import.meta.dirname, 'dist');
const TYPES = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  json: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
};
const faults = [];

if (!existsSync(join(OUT, 'index.html'))) {
  console.error('There is no site. Build it: npm run docs:site');
  process.exit(1);
}
const files = readdirSync(OUT, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
const links = checkLinks();
const pages = files.filter((file) => !/^(api|source)\//.test(file) && file !== '404.html');
const screenshots = process.argv.includes('--screenshots') ? process.argv[process.argv.indexOf('--screenshots') + 1] : undefined;

const server = createServer(serve).listen(0, '127.0.0.1');
await new Promise((listening) => server.once('listening', listening));
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  await visit();
} finally {
  await browser.close();
  server.close();
}

for (const fault of faults) console.error(fault);
console.log(`${files.length} files, ${links} links, ${pages.length} pages seen in light and dark at 390 px: ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;

/** Number of links within the site; those that lead nowhere are faults. */
function checkLinks() {
  const html = new Map(files.map((file) => [file, readFileSync(join(OUT, file), 'utf8')]));
  const anchors = new Map([...html].map(([file, text]) => [file, new Set([...text.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id))]));
  let count = 0;
  for (const [file, text] of html) {
    // The frame around a reference page and the listings link to themselves a lot: once is enough.
    for (const href of new Set([...text.matchAll(/<a\b[^>]*?\bhref="([^"]+)"/g)].map(([, each]) => each.replaceAll('&amp;', '&')))) {
      if (/^[a-z]+:/i.test(href)) continue;
      count += 1;
      const [path, hash] = href.split('#');
      let target = path === '' ? file : posix.normalize(path.startsWith('/') ? path.slice(1) : posix.join(dirname(file), decodeURI(path)));
      if (target === '' || target === '.' || target.endsWith('/')) target = posix.join(target, 'index.html');
      const exists = anchors.has(target) || existsSync(join(OUT, target));
      const named = decodeURIComponent(hash ?? '');
      if (!exists || (named !== '' && anchors.has(target) && !anchors.get(target).has(named))) faults.push(`dead link in ${file}: ${href}`);
    }
  }
  return count;
}

async function visit() {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  let where = '';
  await context.route('**', (route) => {
    if (route.request().url().startsWith(origin)) return route.continue();
    faults.push(`${where}: a request to ${route.request().url()}`);
    return route.abort();
  });
  page.on('pageerror', (error) => faults.push(`${where}: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`${where}: ${message.text()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${where}: ${response.status()} for ${response.url()}`);
  });
  for (const file of pages) {
    where = file;
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(`${origin}/${file}`, { waitUntil: 'networkidle' });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 390) faults.push(`${where}: ${width} px wide`);
    await takePictures(page, file.slice(0, -'.html'.length).replaceAll('/', '-'));
  }

  where = 'playground';
  await page.goto(`${origin}/playground.html`, { waitUntil: 'networkidle' });
  for (const program of await page.locator('.playground option').allInnerTexts()) {
    await page.locator('.playground select').selectOption(program);
    await page.locator('.playground .state', { hasText: /done|failed/ }).waitFor();
    if ((await page.locator('.playground .state').innerText()) !== 'done') faults.push(`${where}: ${program} failed`);
    await page.locator('.playground .output span, .playground circle').first().waitFor();
    if (!(await page.locator('.playground textarea').inputValue()).includes('devtools(')) continue;
    // The element has a shadow root, into which locators look.
    const devtools = page.frameLocator('.playground iframe');
    await devtools.locator('event-collector-devtools').getByText('delivered').first().waitFor();
    const wide = await devtools.locator('html').evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
    if (wide > 0) faults.push(`${where}: the devtools of ${program} are ${wide} px too wide`);
  }

  where = 'search';
  await page.goto(`${origin}/index.html`, { waitUntil: 'networkidle' });
  await page.locator('#local-search button').click();
  await page.locator('#localsearch-input').fill('drop_lowest_priority');
  await page.locator('.results .result').first().waitFor();
  await takePictures(page, 'search');
  await page.locator('.results .result').first().click();
  await page.waitForURL((url) => url.pathname !== '/index.html');
  if (!(await page.locator('main').innerText()).includes('drop_lowest_priority'))
    faults.push(`${where}: the page found does not have the word`);

  await page.setViewportSize({ width: 1440, height: 900 });
  for (const file of ['index', 'operations', 'playground']) {
    await page.goto(`${origin}/${file}.html`, { waitUntil: 'networkidle' });
    await takePictures(page, `wide-${file}`);
  }
  await context.close();

  /** In light and dark, and checks that the page follows. */
  async function takePictures(page, name) {
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      const follows = page.waitForFunction(
        (isDark) => document.documentElement.classList.contains('dark') === isDark,
        colorScheme === 'dark',
      );
      await follows.catch(() => faults.push(`${where}: expected ${colorScheme}`));
      if (screenshots === undefined) continue;
      mkdirSync(screenshots, { recursive: true });
      await page.screenshot({ path: join(screenshots, `${name}-${colorScheme}.png`) });
    }
  }
}

function serve(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const file = join(OUT, posix.normalize(decodeURIComponent(pathname)), pathname.endsWith('/') ? 'index.html' : '');
  if (!existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': TYPES[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream' });
  response.end(readFileSync(file));
}
