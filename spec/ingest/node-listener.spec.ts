import { expect } from 'chai';
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connect2, createServer as createServer2, type ClientHttp2Session, type Http2Server } from 'node:http2';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { VirtualTimeScheduler } from 'rxjs';
import { EventCollector, MemorySink } from '../../lib/index.js';
import { bearerKeys, ingestHandler, nodeListener, type IngestOptions } from '../../lib/ingest/index.js';
import { expectBalanced } from '../support/books.js';
import { until } from '../support/until.js';
import { reportOf } from './asked.js';
import { serve, type Served } from './served.js';

describe('nodeListener', () => {
  const open: Served[] = [];
  const sockets: Socket[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(open.splice(0).map((served) => served.close()));
  });

  async function served(listener: Parameters<typeof serve>[0]): Promise<Served> {
    const each = await serve(listener);
    open.push(each);
    return each;
  }

  async function endpoint(options: Partial<IngestOptions> = {}, lingerMs?: number) {
    const sink = new MemorySink();
    const collector = new EventCollector({ sinks: [sink] });
    const { url, port } = await served(nodeListener(ingestHandler({ collector, ...options }), { lingerMs }));
    const taken = async () => {
      await collector.flush();
      expectBalanced(collector);
      return sink.events.map(({ id }) => id);
    };
    return { url, port, collector, taken };
  }

  /** Writes raw bytes to a server; `answered` reads its answer. */
  function raw(port: number, ...pieces: readonly (string | Uint8Array)[]) {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    let text = '';
    const waiting = new Set<() => void>();
    const look = () => {
      for (const each of waiting) each();
    };
    let isClosed = false;
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      look();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      isClosed = true;
      look();
    });
    for (const piece of pieces) socket.write(piece);
    const until = (done: () => boolean) =>
      new Promise<string>((resolve) => {
        const check = () => {
          if (!done()) return;
          waiting.delete(check);
          resolve(text);
        };
        waiting.add(check);
        check();
      });
    return {
      socket,
      answered: (count = 1) => until(() => text.split('HTTP/1.1 ').length > count && /\r\n\r\n[^]*[}\n]$/.test(text)),
      closed: () => until(() => isClosed),
    };
  }

  const head = (length: number | string, more = '') =>
    `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${String(length)}\r\n${more}\r\n`;

  it('accepts requests of a server', async () => {
    const { url, taken } = await endpoint();
    const response = await fetch(url, { method: 'POST', body: JSON.stringify([{ type: 'a', id: '1' }, { type: 7 }]) });
    expect([response.status, response.headers.get('content-type')]).to.deep.equal([202, 'application/json']);
    expect(await response.json()).to.deep.equal(
      reportOf({ accepted: 1, invalid: [{ index: 1, faults: [{ path: 'type', expected: 'non-empty string', got: 'a number' }] }] }),
    );
    expect(await taken()).to.deep.equal(['1']);
  });

  it('accepts a body without a content length, in chunks', async () => {
    const { port, taken } = await endpoint();
    const chunked = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
    const { answered } = raw(
      port,
      'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n',
      ...Array.from('[{"type":"a","id":"1"}]', chunked),
      chunked(''),
    );
    expect(await answered()).to.include('"accepted":1');
    expect(await taken()).to.deep.equal(['1']);
  });

  describe('behind a body parser', () => {
    type Parsing = IncomingMessage & { body?: unknown };

    /** A server that reads every body first and puts the parsed value into `req.body`. */
    async function behind(parse: (bytes: Buffer) => unknown, headers: Readonly<Record<string, string>>, body: string | Uint8Array) {
      const sink = new MemorySink();
      const collector = new EventCollector({ sinks: [sink] });
      const errors: unknown[] = [];
      const listener = nodeListener(ingestHandler({ collector, onError: (error) => errors.push(error) }));
      const { url } = await served((incoming: Parsing, outgoing) => {
        incoming
          .toArray()
          .then((chunks) => {
            incoming.body = parse(Buffer.concat(chunks as Buffer[]));
            listener(incoming, outgoing);
          })
          .catch((error: unknown) => errors.push(error));
      });
      const response = await fetch(url, { method: 'POST', headers, body: body as BodyInit });
      const text = await response.text();
      await collector.shutdown();
      expectBalanced(collector);
      return { status: response.status, text, errors, types: sink.events.map(({ type }) => type) };
    }

    const json = { 'content-type': 'application/json' };
    const events = '[{"type":"ä"},{"type":"b"}]';
    const parseJson = (bytes: Buffer): unknown => JSON.parse(String(bytes));

    it('accepts the parsed body', async () => {
      expect(await behind(parseJson, json, events))
        .to.include({ status: 202 })
        .and.deep.include({ types: ['ä', 'b'] });
    });

    it('accepts text and bytes, in every format', async () => {
      const lines = { 'content-type': 'application/x-ndjson' };
      expect((await behind(String, lines, '{"type":"ä"}\n{"type":"b"}')).types).to.deep.equal(['ä', 'b']);
      expect((await behind((bytes) => bytes, lines, '{"type":"ä"}\n{"type":"b"}')).types).to.deep.equal(['ä', 'b']);
    });

    it('ignores headers that no longer describe the body', async () => {
      const packed = gzipSync(events);
      const gzip = { ...json, 'content-encoding': 'gzip' };
      expect((await behind((bytes) => JSON.parse(String(gunzipSync(bytes))), gzip, packed)).types).to.deep.equal(['ä', 'b']);
      expect((await behind((bytes) => gunzipSync(bytes), gzip, packed)).types).to.deep.equal(['ä', 'b']);
      expect((await behind((bytes) => bytes, gzip, packed)).types).to.deep.equal(['ä', 'b']);
      const latin1 = { 'content-type': 'application/json; charset=latin1' };
      const parsed = await behind((bytes) => JSON.parse(bytes.toString('latin1')), latin1, Buffer.from(events, 'latin1'));
      expect(parsed.types).to.deep.equal(['ä', 'b']);
    });

    it('answers 500 with instructions if the parser left nothing, and reports it', async () => {
      for (const left of [undefined, {}]) {
        const { status, text, errors } = await behind(() => left, json, events);
        expect(status).to.equal(500);
        expect(JSON.parse(text)).to.have.nested.property('error.code', 'BODY_ALREADY_READ');
        expect(text).to.include('req.body');
        expect(errors.map(String)).to.deep.equal([`Refusal: ${(JSON.parse(text) as { error: Error }).error.message}`]);
      }
    });

    it('refuses an empty body, parsed or not', async () => {
      expect(await behind(() => undefined, json, '')).to.include({ status: 400 });
      expect(await behind(() => ({}), json, '{}')).to.include({ status: 202 });
    });
  });

  it('answers a too long body while it still arrives, so that the client can read the answer', async () => {
    const { url, taken } = await endpoint({ limits: { bodyBytes: 1_000 } });
    for (const size of [1_001, 100_000, 5_000_000]) {
      const response = await fetch(url, { method: 'POST', body: 'x'.repeat(size) });
      expect(response.status).to.equal(413);
      await response.text();
    }
    expect(await taken()).to.deep.equal([]);
  });

  it('serves the next request of a connection whose last body was not read to its end', async () => {
    const { url } = await endpoint({ authorize: bearerKeys(['k-1']), limits: { bodyBytes: 1_000 } });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    const post = (size: number, headers: Readonly<Record<string, string>> = {}) =>
      new Promise<number | undefined>((resolve, reject) => {
        const request = httpRequest(url, { agent, method: 'POST', headers }, (response) => {
          ports.add(response.socket.localPort);
          response.resume().on('end', () => {
            resolve(response.statusCode);
          });
        });
        request.on('error', reject).end('x'.repeat(size));
      });
    // A stated length is refused before anything is read; of chunks, part has been read.
    const known = { authorization: 'Bearer k-1' };
    for (const size of [10, 100_000, 0, 1_000_000]) expect(await post(size)).to.equal(401);
    for (const size of [100_000, 2_000_000]) {
      expect(await post(size, known)).to.equal(413);
      expect(await post(size, { ...known, 'transfer-encoding': 'chunked' })).to.equal(413);
    }
    expect(await post(10, known)).to.equal(400);
    expect(ports.size).to.equal(1);
    agent.destroy();
  });

  it('disconnects a client that keeps sending an unread body', async () => {
    const { port } = await endpoint({ limits: { bodyBytes: 100 } }, 20);
    const { answered, closed, socket } = raw(port, head(1_000_000), 'x'.repeat(200));
    expect(await answered()).to.include('HTTP/1.1 413');
    socket.write('x'.repeat(100));
    await closed();
  });

  it('waits for slow clients only until `readTimeoutMs`', async () => {
    const scheduler = new VirtualTimeScheduler();
    const { port, taken } = await endpoint({ scheduler, limits: { readTimeoutMs: 1_000 } });
    const { answered, socket } = raw(port, head(100), '[{"type":"a","id":"1"}');
    // The timer exists as soon as the handler waits for the rest.
    for (let sent = 0; scheduler.actions.length === 0 || sent < 3; sent += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (sent < 3) socket.write(' ');
    }
    scheduler.flush();
    expect(await answered())
      .to.include('HTTP/1.1 408')
      .and.include('TOO_SLOW');
    expect(await taken()).to.deep.equal([]);
  });

  it('accepts nothing of an upload that breaks off, and everything when it is repeated', async () => {
    const body = JSON.stringify([
      { type: 'a', id: '1' },
      { type: 'b', id: '2' },
    ]);
    const lines = '{"type":"a","id":"1"}\n{"type":"b","id":"2"}\n';
    const { port, url, taken, collector } = await endpoint();
    for (const [type, text] of [
      ['application/json', body],
      ['application/x-ndjson', lines],
    ] as const) {
      for (const cut of [0, 1, 22, text.length - 1]) {
        const { socket, closed } = raw(
          port,
          `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${String(text.length)}\r\n\r\n`,
          text.slice(0, cut),
        );
        await new Promise((resolve) => setImmediate(resolve));
        socket.end();
        await closed();
      }
    }
    expect(collector.stats().eventsReceived).to.equal(0);
    for (const expected of [{ accepted: 2 }, { duplicates: 2 }]) {
      const response = await fetch(url, { method: 'POST', body });
      expect(await response.json()).to.deep.equal(reportOf(expected));
    }
    expect(await taken()).to.deep.equal(['1', '2']);
  });

  it('accepts events once that are sent again because the answer was lost', async () => {
    const { port, url, taken, collector } = await endpoint();
    const body = JSON.stringify([{ type: 'a', id: '1' }]);
    const { socket } = raw(port, head(body.length), body);
    collector.events$.subscribe(() => socket.destroy());
    while (collector.stats().eventsReceived === 0) await new Promise((resolve) => setImmediate(resolve));
    const response = await fetch(url, { method: 'POST', body });
    expect(await response.json()).to.deep.equal(reportOf({ duplicates: 1 }));
    expect(await taken()).to.deep.equal(['1']);
  });

  it('reads only the stated length, and ignores the rest', async () => {
    const { port, taken } = await endpoint();
    const body = '{"type":"a","id":"1"}';
    const { closed } = raw(port, head(body.length), body, '{"type":"b","id":"2"}');
    // Node's parser disconnects because of the rest, whether or not the first answer is written.
    expect(await closed()).to.match(/HTTP\/1\.1 400/);
    expect(['', '1']).to.include((await taken()).join());
  });

  it('survives invalid requests', async () => {
    const { port, url, taken } = await endpoint({ path: '/' });
    const body = '{"type":"a","id":"1"}';
    const strange: readonly string[] = [
      head('-1'),
      head('99999999999999999999'),
      head('1', 'Content-Length: 2\r\n') + 'xx',
      head(body.length, 'Transfer-Encoding: chunked\r\n') + body,
      'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      head(2, `X-Long: ${'x'.repeat(20_000)}\r\n`) + '[]',
      head(2, Array.from({ length: 3_000 }, (_, index) => `X-${String(index)}: 1\r\n`).join('')) + '[]',
      head(2, 'X-Nul: a\0b\r\n') + '[]',
      head(2, 'Content-Type: \xff\xfe\r\n') + '[]',
      'GET http:// HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'POST //evil.example/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n',
      'POST /../%00 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      '\0\x01\x02\xff',
    ];
    for (const text of strange) {
      const { closed, socket } = raw(port, Buffer.from(text, 'latin1'));
      socket.end();
      expect(await closed(), JSON.stringify(text.slice(0, 60))).to.match(/^(HTTP\/1\.1 (40[0-9]|415|431) |$)/);
    }
    expect((await fetch(url, { method: 'POST', body })).status).to.equal(202);
    expect(await taken()).to.deep.equal(['1']);
  });

  it('uses the path of the request line, regardless of the host', async () => {
    const { port } = await endpoint({ path: '/events' });
    const asked = (host: string, target: string) =>
      raw(port, `POST ${target} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 2\r\n\r\n[]`).answered();
    expect(await asked('localhost', '/events?x=1')).to.include('HTTP/1.1 202');
    expect(await asked('localhost', 'http://other.example/events')).to.include('HTTP/1.1 202');
    for (const host of ['a/events?', 'a/events#', 'evil\\events', '[', '@', '']) {
      expect(await asked(host, '/other'), host).to.include('HTTP/1.1 404');
      expect(await asked(host, '/events'), host).to.include('HTTP/1.1 202');
    }
  });

  describe('over HTTP/2', () => {
    let server: Http2Server;
    let client: ClientHttp2Session;

    afterEach(async () => {
      client.close();
      await new Promise((resolve) => server.close(resolve));
    });

    async function connected(listener: ReturnType<typeof nodeListener>): Promise<void> {
      server = createServer2(listener);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      client = connect2(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
    }

    async function ask(headers: Readonly<Record<string, string>>, body?: string | Uint8Array) {
      const stream = client.request(headers);
      stream.end(body);
      const [answer] = (await once(stream, 'response')) as [Readonly<Record<string, unknown>>];
      return { status: answer[':status'], headers: answer, text: await text(stream) };
    }

    it('accepts events, plain and compressed', async () => {
      const sink = new MemorySink();
      const collector = new EventCollector({ sinks: [sink] });
      await connected(nodeListener(ingestHandler({ collector, path: '/events' })));
      const post = { ':method': 'POST', ':path': '/events', 'content-type': 'application/json' };
      const plain = await ask(post, JSON.stringify([{ type: 'a', id: '1' }, { type: 7 }]));
      expect([plain.status, plain.headers['content-type']]).to.deep.equal([202, 'application/json']);
      expect(JSON.parse(plain.text)).to.include({ accepted: 1 });
      const packed = await ask({ ...post, 'content-encoding': 'gzip' }, gzipSync('[{"type":"a","id":"2"}]'));
      expect(packed.status).to.equal(202);
      expect((await ask({ ...post, ':path': '/other' }, '[]')).status).to.equal(404);
      await collector.flush();
      expect(sink.events.map(({ id }) => id)).to.deep.equal(['1', '2']);
      expectBalanced(collector);
    });

    it('ends the stream of a request that continues after its answer', async () => {
      const scheduler = new VirtualTimeScheduler();
      await connected(nodeListener(() => new Response('enough'), { scheduler, lingerMs: 2_000 }));
      const stream = client.request({ ':method': 'POST', ':path': '/' });
      stream.on('error', () => undefined);
      stream.write('x');
      await once(stream, 'response');
      expect(await text(stream)).to.equal('enough');
      while (scheduler.actions.length === 0) await new Promise((resolve) => setImmediate(resolve));
      scheduler.flush();
      await once(stream, 'close');
      expect(scheduler.now()).to.equal(2_000);
    });

    it('has the URL, the headers and the cookies of the request', async () => {
      const seen: unknown[] = [];
      await connected(
        nodeListener(({ method, url, headers }) => {
          seen.push(method, url, Object.fromEntries(headers));
          const answer = new Headers([
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
          ]);
          return new Response('here', { headers: answer });
        }),
      );
      const answer = await ask({ ':path': '/a?b=c', ':authority': 'example.org:8080', 'x-own': 'd' });
      expect([answer.text, answer.headers['set-cookie']]).to.deep.equal(['here', ['a=1', 'b=2']]);
      expect(seen).to.deep.equal(['GET', 'http://example.org:8080/a?b=c', { 'x-own': 'd' }]);
    });

    it('aborts the signal when the client resets the stream', async () => {
      const gone = signalled();
      const asked = signalled();
      await connected(
        nodeListener(
          ({ signal }) =>
            new Promise((resolve) => {
              signal.addEventListener('abort', () => {
                resolve(new Response('late'));
                gone.signal();
              });
              asked.signal();
            }),
        ),
      );
      const stream = client.request({ ':path': '/' });
      stream.on('error', () => undefined);
      await asked.promise;
      stream.close();
      await gone.promise;
    });
  });

  it('uses `originalUrl` if a framework shortens `url`, and `rawBody` if it exists', async () => {
    const sink = new MemorySink();
    const collector = new EventCollector({ sinks: [sink] });
    const listener = nodeListener(ingestHandler({ collector, path: '/ingest' }));
    const { url } = await served((incoming, outgoing) => {
      const parse = async (): Promise<void> => {
        const rawBody = Buffer.concat((await incoming.toArray()) as Buffer[]);
        await listener(Object.assign(incoming, { originalUrl: incoming.url, url: '/', rawBody, body: { not: 'this' } }), outgoing);
      };
      parse().catch(() => outgoing.destroy());
    });
    const response = await fetch(`${url}ingest`, { method: 'POST', body: '[{"type":"a","id":"1"}]' });
    expect([response.status, await response.json()]).to.deep.equal([202, reportOf({ accepted: 1 })]);
  });

  it('returns a promise that resolves after the answer', async () => {
    const ends: string[] = [];
    const listener = nodeListener(() => new Response('here'));
    const ended = signalled();
    const { url } = await served((incoming, outgoing) => {
      const answer = async (): Promise<void> => {
        await listener(incoming, outgoing);
        ends.push(outgoing.writableEnded ? 'answered' : 'not answered');
        ended.signal();
      };
      answer().catch(() => outgoing.destroy());
    });
    await (await fetch(url)).text();
    await ended.promise;
    expect(ends).to.deep.equal(['answered']);
  });

  describe('of any handler', () => {
    it('aborts the signal when the client disconnects before the answer, and not after it', async () => {
      const signals: AbortSignal[] = [];
      const gone = signalled();
      const { port, url } = await served(
        nodeListener(({ signal, url: asked }) => {
          signals.push(signal);
          if (asked.endsWith('/fast')) return new Response('here');
          return new Promise<Response>((resolve) => {
            signal.addEventListener('abort', () => {
              resolve(new Response('late'));
              gone.signal();
            });
          });
        }),
      );
      await (await fetch(`${url}fast`)).text();
      const { socket } = raw(port, 'GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
      while (signals.length < 2) await new Promise((resolve) => setImmediate(resolve));
      socket.destroy();
      await gone.promise;
      expect(signals.map(({ aborted }) => aborted)).to.deep.equal([false, true]);
    });

    it('keeps nothing of a body that the handler has cancelled', async () => {
      let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
      let incoming: IncomingMessage | undefined;
      const listener = nodeListener(async ({ body }) => {
        reader = body?.getReader();
        await reader?.read();
        return new Response('enough');
      });
      const { url } = await served((request, response) => {
        incoming = request;
        listener(request, response);
      });
      const response = await fetch(url, { method: 'POST', body: 'x'.repeat(2_000_000) });
      expect(await response.text()).to.equal('enough');
      while (incoming?.complete !== true) await new Promise((resolve) => setImmediate(resolve));
      expect((await reader?.read())?.done).to.equal(true);
    });

    it('answers 500 for one that fails', async () => {
      const { url } = await served(nodeListener(() => Promise.reject(new Error('no'))));
      const response = await fetch(url);
      expect([response.status, await response.text()]).to.deep.equal([500, '']);
    });

    it('streams an answer chunk by chunk, and stops when the client disconnects', async () => {
      const cancelled = signalled();
      const { url } = await served(
        nodeListener(
          () =>
            new Response(
              new ReadableStream({
                pull(controller) {
                  controller.enqueue(new Uint8Array(65_536));
                },
                cancel() {
                  cancelled.signal();
                },
              }),
            ),
        ),
      );
      const abort = new AbortController();
      const response = await fetch(url, { signal: abort.signal });
      const reader = response.body?.getReader();
      expect((await reader?.read())?.value?.length).to.be.above(0);
      abort.abort();
      await cancelled.promise;
    });

    it('cancels the body of an answer that is not sent', async () => {
      let cancelled = 0;
      const asked = signalled();
      const { url } = await served(
        nodeListener(async ({ method, signal }) => {
          asked.signal();
          if (method === 'GET') await new Promise((resolve) => signal.addEventListener('abort', resolve));
          return new Response(
            new ReadableStream({
              cancel() {
                cancelled += 1;
              },
            }),
          );
        }),
      );
      const abort = new AbortController();
      const request = fetch(url, { signal: abort.signal }).catch(() => undefined);
      await asked.promise;
      abort.abort();
      await request;
      await until(() => cancelled === 1);
      expect((await fetch(url, { method: 'HEAD' })).status).to.equal(200);
      expect(cancelled).to.equal(2);
    });

    for (const [what, cancel] of Object.entries({
      'never stops': () => new Promise<void>(() => undefined),
      'fails to stop': () => Promise.reject(new Error('It goes on')),
    })) {
      it(`ends an answer whose source ${what}`, async () => {
        const ended = signalled();
        const asked = signalled();
        const listener = nodeListener(async ({ method, signal }) => {
          asked.signal();
          if (method === 'GET') await new Promise((resolve) => signal.addEventListener('abort', resolve));
          return new Response(new ReadableStream({ cancel }));
        });
        const { url } = await served((incoming, outgoing) => {
          Promise.resolve(listener(incoming, outgoing)).then(ended.signal, () => outgoing.destroy());
        });
        const abort = new AbortController();
        const request = fetch(url, { signal: abort.signal }).catch(() => undefined);
        await asked.promise;
        abort.abort();
        await request;
        await ended.promise;
        expect((await fetch(url, { method: 'HEAD' })).status).to.equal(200);
      });
    }

    it('disconnects a client that reads nothing when its answer fails', async () => {
      let fail: (() => void) | undefined;
      let isFull = false;
      const { port } = await served(
        nodeListener(
          () =>
            new Response(
              new ReadableStream<Uint8Array>(
                {
                  start(controller) {
                    fail = () => {
                      controller.error(new Error('Too slow'));
                    };
                  },
                  pull(controller) {
                    isFull = true;
                    // More than the buffers of both ends hold.
                    controller.enqueue(new Uint8Array(32 * 1_024 * 1_024));
                  },
                },
                { highWaterMark: 0 },
              ),
            ),
        ),
      );
      const { socket, closed } = raw(port);
      socket.pause();
      socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await until(() => isFull);
      fail?.();
      // A socket that is paused does not see its end.
      socket.resume();
      expect((await closed()).length).to.be.below(32 * 1_024 * 1_024);
    });

    it('sends headers and cookies unchanged, and no body for HEAD', async () => {
      const headers = new Headers([
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
        ['x-own', 'here'],
      ]);
      const { url } = await served(nodeListener(() => new Response('body', { status: 201, headers })));
      const response = await fetch(url);
      expect([response.status, response.headers.get('x-own'), response.headers.getSetCookie()]).to.deep.equal([
        201,
        'here',
        ['a=1', 'b=2'],
      ]);
      expect(await (await fetch(url, { method: 'HEAD' })).text()).to.equal('');
    });

    it('throws for an invalid handler and invalid options', () => {
      expect(() => nodeListener(undefined as never)).to.throw(TypeError, '`handler`');
      expect(() => nodeListener(() => new Response(), { lingerMs: -1 })).to.throw(TypeError, '`lingerMs`');
      expect(() => nodeListener(() => new Response(), 5 as never)).to.throw(TypeError, 'Expected `options` to be an object');
      expect(() => nodeListener(() => new Response(), { linger: 5 } as object)).to.throw(TypeError, 'Unknown option `linger`');
    });
  });
});

function signalled(): { readonly promise: Promise<void>; readonly signal: () => void } {
  let signal = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    signal = resolve;
  });
  return { promise, signal };
}
