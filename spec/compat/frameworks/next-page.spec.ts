import { expect } from 'chai';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { PageViewData } from '../../../lib/browser/index.js';
import { launchChromium } from '../../support/chromium.js';
import { read } from '../../support/docs/examples.js';
import { LoopbackServer } from '../../support/loopback-server.js';
import { until } from '../../support/until.js';
import { bundlePackage } from './bundle-package.js';
import { RUN, startServer, write, type FrameworkServer } from './framework-server.js';

const FOLDER = import.meta.dirname;
const SITE = join(RUN, 'next-page');

const ROUTE = `
import { initGlobalCollector } from 'rx-event-collector';
import { httpSink } from 'rx-event-collector/http';
import { ingestHandler } from 'rx-event-collector/ingest';
const collector = initGlobalCollector({ sinks: [httpSink({ url: process.env.EVENTS_URL })], config: { batch: { maxAgeMs: 1 } } });
export const POST = ingestHandler({ collector });
`;
const LAYOUT = `
import { EventCollection } from './event-collection';
export default ({ children }) => <html><body><EventCollection />{children}</body></html>;
`;
const PAGE = `
import Link from 'next/link';
import { Buy } from './buy';
export default () => <><Link href="/basket">Basket</Link><Buy /></>;
`;
const BUY = `'use client';
import { pageCollector } from './event-collection';
export const Buy = () => <button onClick={() => pageCollector().track('bought')}>Buy</button>;
`;
const SERVER = `
import next from 'next';
import { createServer } from 'node:http';
const app = next({ dev: true, dir: ${JSON.stringify(SITE)} });
await app.prepare();
createServer(app.getRequestHandler()).on('upgrade', app.getUpgradeHandler()).listen(0);
`;

/** The client component of examples/frameworks/next, in a page of Next in Chromium. */
describe('the client component for Next', function () {
  this.timeout(300_000);
  let browser: Browser | undefined;
  let destination: LoopbackServer | undefined;
  let server: FrameworkServer | undefined;

  before(async function () {
    if (!existsSync(join(FOLDER, 'node_modules/next'))) {
      this.skip();
      return;
    }
    browser = await launchChromium(this);
    await bundlePackage(join(RUN, 'node_modules/rx-event-collector'));
  });

  after(async () => {
    await browser?.close();
    server?.process.kill('SIGKILL');
    await destination?.stop();
    rmSync(RUN, { recursive: true, force: true });
  });

  it('sends page views, those of the router as well, and events of other components', async () => {
    const component = read('examples/frameworks/next/event-collection.tsx');
    const files = {
      'events/route.js': ROUTE,
      'layout.js': LAYOUT,
      'page.js': PAGE,
      'basket/page.js': 'export default () => <h1>Basket</h1>;',
    };
    for (const [name, text] of Object.entries({ ...files, 'buy.js': BUY, 'event-collection.tsx': component }))
      write(join(SITE, 'app', name), text);
    // Otherwise Next installs the types of React, and writes settings.
    write(join(SITE, 'tsconfig.json'), '{ "compilerOptions": { "jsx": "preserve", "moduleResolution": "bundler", "module": "esnext" } }');
    destination = await LoopbackServer.start();
    server = await startServer('next-page', SERVER, { EVENTS_URL: destination.url });

    const page = await browser!.newPage();
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    // In development, Next refuses pages of other hosts.
    await page.goto(server.origin.replace('127.0.0.1', 'localhost'), { timeout: 200_000 });
    await page.getByRole('button', { name: 'Buy' }).click();
    await page.getByRole('link').click();
    await page.getByRole('heading').waitFor({ timeout: 200_000 });
    await page.goto('about:blank');
    await until(() => destination!.events().length >= 3);
    const arrived = destination
      .events()
      .map(({ type, data }) => (type === 'page_viewed' ? new URL((data as PageViewData).url).pathname : type));
    expect(arrived).to.have.members(['/', 'bought', '/basket']);
    expect(errors).to.deep.equal([]);
  });
});
