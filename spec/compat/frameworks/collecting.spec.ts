import { expect } from 'chai';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AnalyticsEvent, PerformanceData } from '../../../lib/index.js';
import { LoopbackServer } from '../../support/loopback-server.js';
import { read } from '../../support/docs/examples.js';
import { bundlePackage } from './bundle-package.js';
import { compiled, RUN, startServer, type FrameworkServer } from './framework-server.js';

const FOLDER = import.meta.dirname;

/** The servers of examples/frameworks, with the real frameworks. Install them with `npm ci --ignore-scripts` in this folder. */
describe('collecting in web frameworks', function () {
  this.timeout(180_000);
  let destination: LoopbackServer;
  let server: FrameworkServer | undefined;

  before(async function () {
    if (!existsSync(join(FOLDER, 'node_modules/express'))) {
      this.skip();
      return;
    }
    await bundlePackage(join(RUN, 'node_modules/rx-event-collector'));
  });

  beforeEach(async () => {
    destination = await LoopbackServer.start();
  });

  afterEach(async () => {
    server?.process.kill('SIGKILL');
    await destination.stop();
  });

  after(() => {
    rmSync(RUN, { recursive: true, force: true });
  });

  /** The events of a server that answers two requests, one of which fails, and is then stopped. */
  async function eventsOf(name: string): Promise<AnalyticsEvent[]> {
    const code = await compiled(read(`examples/frameworks/${name}.ts`));
    server = await startServer(`collecting-${name}`, code, { EVENTS_URL: destination.url });
    expect(await (await fetch(`${server.origin}/orders/7`)).json()).to.deep.equal({ id: '7' });
    expect((await fetch(`${server.origin}/orders/7`, { method: 'DELETE' })).status).to.be.oneOf([404, 405]);
    server.process.kill('SIGTERM');
    await once(server.process, 'exit');
    expect(server.errors()).to.equal('');
    return destination.events();
  }

  const timings = (events: readonly AnalyticsEvent[]) =>
    events.filter(({ type }) => type === 'response_latency').map(({ data }) => data as PerformanceData);

  for (const [name, tags] of Object.entries({
    express: [
      { method: 'GET', route: '/orders/:id', status: '200', outcome: 'ok' },
      { method: 'DELETE', route: 'none', status: '404', outcome: 'ok' },
    ],
    fastify: [
      { method: 'GET', route: '/orders/:id', status: '200' },
      { method: 'DELETE', route: 'none', status: '404' },
    ],
    hono: [{ method: 'GET', route: '/orders/:id', status: '200' }],
    nest: [{ handler: 'Orders.find', outcome: 'ok' }],
  })) {
    it(`times responses and delivers before the process ends: ${name}.ts`, async () => {
      const events = await eventsOf(name);
      expect(events.filter(({ type }) => type === 'order_viewed').map(({ data }) => data)).to.deep.equal([{ order: '7' }]);
      expect(timings(events).map(({ tags }) => tags)).to.deep.equal(tags);
      expect(timings(events).every(({ value, unit }) => value > 0 && unit === 'ms')).to.equal(true);
      expect(events).to.have.length(tags.length + 1);
    });
  }
});
