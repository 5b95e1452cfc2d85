import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { devtoolsHandler } from '../../lib/devtools/devtools-handler.js';
import { devtoolsSource } from '../../lib/devtools/devtools-source.js';
import type { DevtoolsAnswer } from '../../lib/devtools/protocol.js';
import { nodeListener } from '../../lib/ingest/node-listener.js';
import { launchChromium, scriptOf } from '../support/chromium.js';
import { until } from '../support/until.js';

const TOKEN = '0123456789abcdef & more';

/** The log of a page has the number of received events of each snapshot, and how the stream ended. */
const PROGRAM = `
  import { remoteSource } from './lib/devtools/remote-source.js';
  const log = [];
  Object.assign(window, {
    log,
    make: (options) => { window.source = remoteSource(options); },
    thrown: (options) => { try { remoteSource(options); return ''; } catch (error) { return String(error); } },
    subscribe: (name) => window.source.snapshots$.subscribe({
      next: ({ stats }) => { log.push(name + ' ' + stats.eventsReceived); },
      complete: () => { log.push(name + ' complete'); },
      error: ({ message }) => { log.push(name + ' ' + message); },
    }),
  });
`;

describe('remoteSource, in Chromium', function () {
  this.timeout(60_000);

  let browser: Browser;
  let script: string;
  let server: Server;
  let page: Page;
  let collector: EventCollector;
  let errors: string[];
  /** Open streams, and the number of those that were opened. */
  let streams: Set<ServerResponse>;
  let opened: number;
  /** Answers instead of the collector. */
  let instead: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;

  before(async function () {
    browser = await launchChromium(this);
    script = await scriptOf({ text: PROGRAM });
  });

  after(() => (browser as Browser | undefined)?.close());

  beforeEach(async () => {
    collector = new EventCollector({ sinks: [] });
    errors = [];
    streams = new Set();
    opened = 0;
    instead = undefined;
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const answer = nodeListener(devtoolsHandler(devtoolsSource(collector, { intervalMs: 50 }), { token: TOKEN, hosts: [host] }));
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (request.url?.startsWith('/tools/collector') !== true) {
        const isScript = request.url === '/page.js';
        response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
        response.end(
          isScript ? script : '<!doctype html><title>Tools</title><link rel="icon" href="data:,"><script src="/page.js"></script>',
        );
        return;
      }
      if (request.method === 'GET') {
        opened += 1;
        streams.add(response.on('close', () => streams.delete(response)));
      }
      (instead ?? answer)(request, response);
    });
    page = await browser.newPage();
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(`http://${host}/tools/page`);
  });

  afterEach(async () => {
    await page.close();
    server.closeAllConnections();
    server.close();
    await collector.shutdown();
    expect(errors).to.deep.equal([]);
  });

  const make = (token = TOKEN): Promise<unknown> => page.evaluate(`make(${JSON.stringify({ url: 'collector?view=1', token })})`);
  const subscribe = (name: string): Promise<unknown> => page.evaluate(`void (window.${name} = subscribe('${name}'))`);
  const unsubscribe = (name: string): Promise<unknown> => page.evaluate(`${name}.unsubscribe()`);
  const send = (command: object): Promise<DevtoolsAnswer> => page.evaluate(`source.send(${JSON.stringify(command)})`);
  const logged = (line: string): Promise<unknown> => page.waitForFunction(`log.includes('${line}')`);

  it('emits the snapshots of a collector elsewhere, until it has shut down', async () => {
    await make();
    expect(opened).to.equal(0);
    await subscribe('a');
    await logged('a 0');
    collector.track('feature_used');
    await logged('a 1');
    await collector.shutdown();
    await logged('a complete');
    await until(() => streams.size === 0);
    expect(opened).to.equal(1);
  });

  it('opens one connection for all subscribers, and closes it after the last', async () => {
    await make();
    collector.track('feature_used');
    await subscribe('a');
    await logged('a 1');
    await subscribe('b');
    expect(await page.evaluate("log.includes('b 1')")).to.equal(true, 'the latest snapshot, immediately');
    await unsubscribe('a');
    collector.track('feature_used');
    await logged('b 2');
    expect([opened, streams.size]).to.deep.equal([1, 1]);
    await unsubscribe('b');
    await until(() => streams.size === 0);
    await subscribe('c');
    await logged('c 2');
    expect(opened).to.equal(2);
  });

  it('continues after an interruption', async () => {
    await make();
    await subscribe('a');
    await logged('a 0');
    for (const stream of streams) stream.destroy();
    collector.track('feature_used');
    await logged('a 1');
    expect(opened).to.equal(2);
  });

  it('fails if the server refuses the token', async () => {
    await make('fedcba9876543210');
    await subscribe('a');
    await logged('a The collector is not available');
    expect(opened).to.equal(1);
    expect(await send({ type: 'flush' })).to.deep.equal({ ok: false, text: 'The collector answered 401' });
  });

  it('fails for data that is no snapshot', async () => {
    await make();
    for (const data of ['{"version":', 'null']) {
      instead = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: ${data}\n\n`);
      };
      await subscribe('a');
      await logged('a The collector sent an invalid snapshot');
      await until(() => streams.size === 0);
      await page.evaluate('log.length = 0');
    }
  });

  it('sends commands, and returns the answers', async () => {
    await make();
    expect(await send({ type: 'set', control: 'sampling', value: '10 %' })).to.deep.equal({ ok: true, text: 'Sampling rate: 10 %' });
    expect(collector.config.sampling.rate).to.equal(0.1);
    expect(await send({ type: 'redeliver', deadLetter: 1 })).to.have.property('ok', false);
    expect(await send({ type: 'explain', event: '{"type":"a"}' })).to.have.nested.property('explanation.verdict');
  });

  it('answers in place of a server that does not', async () => {
    await make();
    instead = (_request, response) => {
      response.end('<html>');
    };
    expect(await send({ type: 'flush' })).to.deep.equal({ ok: false, text: 'The collector is not available' });
    server.close();
    server.closeAllConnections();
    expect(await send({ type: 'flush' })).to.deep.equal({ ok: false, text: 'The collector is not available' });
  });

  it('throws for invalid options, without the token', async () => {
    const thrown = (options: object): Promise<string> => page.evaluate(`thrown(${JSON.stringify(options)})`);
    expect(await thrown({ url: '', token: TOKEN })).to.equal("TypeError: Expected `url` to be a non-empty string, got `''` (string)");
    expect(await thrown({ url: '/', token: 123_456 }))
      .to.include('Expected `token` to be a non-empty string')
      .and.not.include('456');
    expect(await thrown({ uri: '/', token: TOKEN })).to.include('Did you mean `url`?');
    expect(await thrown({ url: 'http://[', token: TOKEN })).to.match(/^TypeError/);
  });
});
