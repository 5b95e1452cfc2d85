import { expect } from 'chai';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { of, throwError } from 'rxjs';
import { devtoolsHandler } from '../../lib/devtools/devtools-handler.js';
import { devtoolsSource } from '../../lib/devtools/devtools-source.js';
import type { DevtoolsSnapshot } from '../../lib/devtools/protocol.js';
import { EventCollector, MemorySink } from '../../lib/index.js';
import { nodeListener } from '../../lib/ingest/index.js';
import { until } from '../support/until.js';
import { VirtualClock } from '../support/virtual-clock.js';

const TOKEN = '0123456789abcdef0123';
const HOST = '127.0.0.1:8080';

describe('devtoolsHandler', () => {
  let clock: VirtualClock;
  let collector: EventCollector;
  let handler: (request: Request) => Promise<Response>;

  beforeEach(() => {
    clock = new VirtualClock();
    collector = new EventCollector({ sinks: [new MemorySink()], scheduler: clock });
    handler = devtoolsHandler(devtoolsSource(collector, { scheduler: clock }), {
      token: TOKEN,
      hosts: [HOST],
      scheduler: clock,
      maxReaders: 2,
      stallMs: 5_000,
    });
  });

  const request = (init: RequestInit = {}, { token = TOKEN, host = HOST } = {}): Request =>
    new Request(`http://${host}/collector?token=${token}`, init);
  const statusOf = async (each: Request): Promise<number> => (await handler(each)).status;
  const readerOf = async (): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
    const reader = (await handler(request())).body?.getReader();
    if (reader === undefined) throw new Error('Expected a body');
    return reader;
  };
  const textOf = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> =>
    new TextDecoder().decode((await reader.read()).value);
  const snapshotOf = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<DevtoolsSnapshot> => {
    const [, json = ''] = /^data: (.*)\n\n$/.exec(await textOf(reader)) ?? [];
    return JSON.parse(json) as DevtoolsSnapshot;
  };

  it('refuses a foreign host, a foreign origin, and a request without the token', async () => {
    expect(await statusOf(request({}, { host: 'attacker.example' }))).to.equal(403);
    expect(await statusOf(request({ headers: { host: 'attacker.example' } }))).to.equal(403);
    expect(await statusOf(request({ headers: { origin: 'http://attacker.example' } }))).to.equal(403);
    expect(await statusOf(request({ headers: { origin: 'null' } }))).to.equal(403);
    for (const token of ['', TOKEN.slice(1), `${TOKEN}0`, TOKEN.replace('f', 'e')]) {
      expect(await statusOf(request({}, { token }))).to.equal(401);
      expect(await statusOf(request({ method: 'POST', body: '{"type":"flush"}' }, { token }))).to.equal(401);
    }
    expect(await statusOf(request({ method: 'DELETE' }))).to.equal(405);
    expect(clock.timers).to.equal(0);
  });

  it('streams snapshots to a page of its own', async () => {
    const response = await handler(request({ headers: { origin: `http://${HOST}` } }));
    expect([response.status, response.headers.get('content-type')]).to.deep.equal([200, 'text/event-stream']);
    expect(response.headers.get('access-control-allow-origin')).to.equal(null);
    const reader = response.body?.getReader();
    if (reader === undefined) throw new Error('Expected a body');
    expect((await snapshotOf(reader)).stats.eventsReceived).to.equal(0);
    collector.track('a');
    const next = snapshotOf(reader);
    clock.pass(250);
    expect((await next).stats.eventsReceived).to.equal(1);
    await reader.cancel();
    expect(clock.timers).to.equal(1, 'the age of the open batch');
  });

  it('sends a slow reader only the latest snapshot, and disconnects it at last', async () => {
    const reader = await readerOf();
    await snapshotOf(reader);
    for (let n = 1; n <= 8; n += 1) {
      collector.track('a');
      clock.pass(500);
    }
    expect((await snapshotOf(reader)).stats.eventsReceived).to.equal(8);
    clock.pass(6_000);
    const failure = await reader.read().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.be.an('error').with.property('message', 'The reader is too slow');
    await collector.flush();
    expect(clock.timers).to.equal(0);
  });

  it('disconnects a client that reads nothing, over HTTP', async () => {
    // More than the buffers of both ends hold.
    const tables$ = of([{ title: 'x'.repeat(32 * 1_024 * 1_024), columns: [], rows: [] }]);
    const source = devtoolsSource(collector, { scheduler: clock, tables$ });
    const listener = nodeListener(devtoolsHandler(source, { token: TOKEN, hosts: [HOST], scheduler: clock, stallMs: 5_000 }));
    const answers: ServerResponse[] = [];
    const server = createServer((incoming, outgoing) => {
      answers.push(outgoing);
      listener(incoming, outgoing);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
    try {
      socket.pause();
      socket.write(`GET /?token=${TOKEN} HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
      await until(() => answers.some(({ writableNeedDrain }) => writableNeedDrain));
      for (let second = 0; second < 5; second += 1) clock.pass(1_000);
      expect(answers[0]?.destroyed).to.equal(false);
      clock.pass(1_000);
      await until(() => answers[0]?.destroyed === true);
      expect(clock.timers).to.equal(0);
    } finally {
      socket.destroy();
      server.close();
    }
  });

  it('ends with the last snapshot when the collector has shut down', async () => {
    const reader = await readerOf();
    await snapshotOf(reader);
    collector.track('a');
    await collector.shutdown();
    expect((await snapshotOf(reader)).stats).to.deep.equal(JSON.parse(JSON.stringify(collector.stats())));
    expect(await textOf(reader)).to.equal('event: end\ndata: \n\n');
    expect((await reader.read()).done).to.equal(true);
  });

  it('ends the stream of a source that fails', async () => {
    const failing = { snapshots$: throwError(() => new Error('Gone')), send: () => Promise.resolve({ ok: true, text: '' }) };
    const response = await devtoolsHandler(failing, { token: TOKEN, hosts: [HOST] })(request());
    const failure = await response.text().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.be.an('error').with.property('message', 'Gone');
  });

  it('bounds the number of readers', async () => {
    const [first] = [await readerOf(), await readerOf()];
    expect(await statusOf(request())).to.equal(503);
    await first.cancel();
    expect(await statusOf(request())).to.equal(200);
  });

  it('answers commands', async () => {
    const answer = await handler(request({ method: 'POST', body: '{"type":"set","control":"sampling","value":"50 %"}' }));
    expect(await answer.json()).to.deep.equal({ ok: true, text: 'Sampling rate: 50 %' });
    expect(collector.config.sampling.rate).to.equal(0.5);
    expect(await statusOf(request({ method: 'POST', body: '{' }))).to.equal(400);
    expect(await statusOf(request({ method: 'POST', body: '[]' }))).to.equal(400);
    expect(await statusOf(request({ method: 'POST', body: 'x'.repeat(70_000) }))).to.equal(413);
  });

  it('throws for invalid options', () => {
    const source = devtoolsSource(collector);
    expect(() => devtoolsHandler({} as never, { token: TOKEN, hosts: [] })).to.throw(TypeError, '`source`');
    expect(() => devtoolsHandler(source, { token: 'hunter2', hosts: [] })).to.throw(TypeError, /16 characters, got a string$/);
    expect(() => devtoolsHandler(source, { token: TOKEN, host: HOST } as never)).to.throw(TypeError, 'Did you mean `hosts`?');
  });
});
