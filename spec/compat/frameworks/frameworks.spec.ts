import { expect } from 'chai';
import type { ChildProcess } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { IngestReport } from '../../../lib/ingest/index.js';
import { read } from '../../support/docs/examples.js';
import { bundlePackage } from './bundle-package.js';
import { compiled, RUN, startServer, write } from './framework-server.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const EVENTS = [{ type: 'page_viewed', id: '1', data: 'ü' }, { type: 7 }, { type: 'paid', id: '2' }];
const LINES = EVENTS.map((event) => JSON.stringify(event)).join('\n');
const JSON_TYPE = { 'content-type': 'application/json' };

const COLLECTOR = `
import { EventCollector } from 'rx-event-collector';
import { ingestHandler, nodeListener } from 'rx-event-collector/ingest';
const collector = new EventCollector({ sinks: [] });
const listener = nodeListener(ingestHandler({ collector }));
const port = process.env.PORT;
`;

/** The snippets of docs/recipes.md and some variants of them, in the frameworks that they are for. Install them with `npm ci --ignore-scripts` in this folder. */
describe('ingest in web frameworks', function () {
  this.timeout(180_000);
  const running: ChildProcess[] = [];

  before(async function () {
    if (!existsSync(join(FOLDER, 'node_modules/express'))) {
      this.skip();
      return;
    }
    await bundlePackage(join(RUN, 'node_modules/rx-event-collector'));
  });

  afterEach(() => {
    for (const each of running.splice(0)) each.kill('SIGKILL');
  });

  after(() => {
    rmSync(RUN, { recursive: true, force: true });
  });

  /** Runs a server and returns the address of its endpoint. */
  async function start(name: string, code: string): Promise<string> {
    const server = await startServer(name, code);
    running.push(server.process);
    return `${server.origin}/events`;
  }

  async function post(url: string, body: string | Uint8Array, headers: Readonly<Record<string, string>>) {
    const response = await fetch(url, { method: 'POST', body: body as BodyInit, headers });
    return { status: response.status, text: await response.text() };
  }

  async function expectAccepted(url: string, body: string | Uint8Array, headers: Readonly<Record<string, string>>): Promise<void> {
    const { status, text } = await post(url, body, headers);
    expect(status, text).to.equal(202);
    const { accepted, duplicates, invalid } = JSON.parse(text) as IngestReport;
    expect(accepted + duplicates).to.equal(2);
    expect(invalid.map(({ index }) => index)).to.deep.equal([1]);
  }

  async function expectEveryFormat(url: string): Promise<void> {
    await expectAccepted(url, JSON.stringify(EVENTS), JSON_TYPE);
    await expectAccepted(url, JSON.stringify(EVENTS), { 'content-type': 'text/plain' });
    await expectAccepted(url, gzipSync(LINES), { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' });
    expect((await post(url, 'x'.repeat(2_000_000), JSON_TYPE)).status).to.equal(413);
  }

  describe('the snippet', () => {
    it('for Node', async () => {
      await expectEveryFormat(await start('node', await snippet('Node')));
    });

    it('for Express 5', async () => {
      await expectEveryFormat(await start('express5', await snippet('Express')));
    });

    it('for Express 4', async () => {
      await expectEveryFormat(await start('express4', (await snippet('Express')).replace("from 'express'", "from 'express4'")));
    });

    it('for Fastify', async () => {
      await expectEveryFormat(await start('fastify', await snippet('Fastify')));
    });

    it('for Hono', async () => {
      await expectEveryFormat(await start('hono', await snippet('Hono')));
    });

    it('for NestJS', async () => {
      await expectEveryFormat(await start('nest', await snippet('NestJS')));
    });

    it('for Next', async () => {
      write(join(RUN, 'next/app/events/route.js'), await snippet('Next'));
      write(join(RUN, 'next/app/layout.js'), 'export default ({ children }) => children;\n');
      const code = `
import next from 'next';
import { createServer } from 'node:http';
const app = next({ dev: true, dir: ${JSON.stringify(join(RUN, 'next'))} });
await app.prepare();
createServer(app.getRequestHandler()).listen(0);
`;
      await expectEveryFormat(await start('next', code));
    });
  });

  describe('where a framework calls the listener', () => {
    for (const version of ['express', 'express4'])
      it(`serves the whole path of a mount: ${version}`, async () => {
        const mounted = COLLECTOR.replace('{ collector }', "{ collector, path: '/events' }");
        const app = `import express from '${version}';${mounted}
express().use('/events', listener).listen(port);`;
        await expectEveryFormat(await start(`${version}-mounted`, app));
      });

    it('is awaited by h3', async () => {
      const app = `import { createApp, fromNodeMiddleware, toNodeListener } from 'h3';
import { createServer } from 'node:http';${COLLECTOR}
const app = createApp();
app.use('/events', fromNodeMiddleware(listener));
createServer(toNodeListener(app)).listen(port);`;
      await expectEveryFormat(await start('h3', app));
    });

    it('accepts the raw body of a cloud function', async () => {
      const app = `import { http } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';${COLLECTOR}
http('events', listener);
getTestServer('events').listen(port);`;
      const url = await start('function', app);
      await expectAccepted(url, JSON.stringify(EVENTS), JSON_TYPE);
      await expectAccepted(url, JSON.stringify(EVENTS), { 'content-type': 'text/plain' });
      await expectAccepted(url, LINES, { 'content-type': 'application/x-ndjson' });
      await expectAccepted(url, gzipSync(JSON.stringify(EVENTS)), { ...JSON_TYPE, 'content-encoding': 'gzip' });
    });
  });

  describe('behind a body parser', () => {
    for (const version of ['express', 'express4'])
      it(`accepts the parsed body: ${version}`, async () => {
        const app = `import express from '${version}';${COLLECTOR}
express().use(express.json(), express.text({ type: 'application/x-ndjson' })).post('/events', listener).listen(port);`;
        const url = await start(`${version}-parsed`, app);
        await expectAccepted(url, JSON.stringify(EVENTS), JSON_TYPE);
        await expectAccepted(url, gzipSync(JSON.stringify(EVENTS)), { ...JSON_TYPE, 'content-encoding': 'gzip' });
        await expectAccepted(url, LINES, { 'content-type': 'application/x-ndjson' });
        // An unread body.
        await expectAccepted(url, LINES, { 'content-type': 'application/jsonl' });
      });

    it('accepts the parsed body: a controller of NestJS', async () => {
      const app = `import { Controller, Module, Post, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';${COLLECTOR}
@Controller()
class Events {
  @Post('events')
  receive(@Req() request, @Res() response) {
    listener(request, response);
  }
}
@Module({ controllers: [Events] })
class AppModule {}
const app = await NestFactory.create(AppModule);
await app.listen(port);`;
      const url = await start('nest-controller', await compiled(app));
      await expectAccepted(url, JSON.stringify(EVENTS), JSON_TYPE);
      await expectAccepted(url, LINES, { 'content-type': 'application/x-ndjson' });
    });

    const fastify = (more: string) => `import Fastify from 'fastify';${COLLECTOR}
const app = Fastify();
app.post('/events', (request, reply) => {
  reply.hijack();
  ${more}
  listener(request.raw, reply.raw);
});
await app.listen({ port: Number(port) });`;

    it('accepts the parsed body of Fastify, if it is passed on', async () => {
      const url = await start('fastify-parsed', fastify('request.raw.body = request.body;'));
      await expectAccepted(url, JSON.stringify(EVENTS), JSON_TYPE);
    });

    it('answers 500 with instructions where the parsed body is elsewhere', async () => {
      const { status, text } = await post(await start('fastify-lost', fastify('')), JSON.stringify(EVENTS), JSON_TYPE);
      expect(status).to.equal(500);
      expect(text).to.include('Mount the endpoint ahead of any body parser');
    });
  });
});

/** The code below a heading of docs/recipes.md. */
async function snippet(heading: string): Promise<string> {
  const [, below = ''] = read('docs/recipes.md').split(`\n### ${heading}\n`);
  const [, language, code = ''] = /^```(js|typescript)\n([^]*?)^```$/m.exec(below) ?? [];
  expect(code, heading).to.include('ingestHandler');
  return language === 'typescript' ? compiled(code) : code;
}
