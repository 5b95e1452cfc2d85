import { expect } from 'chai';
import type { ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { from, lastValueFrom, VirtualTimeScheduler } from 'rxjs';
import { EventCollector } from '../../lib/collector/event-collector.js';
import { SinkError } from '../../lib/errors/sink-error.js';
import { createBatch } from '../../lib/event/batch-of.js';
import type { AnalyticsEvent, EventBatch } from '../../lib/event/event.js';
import type { Encoder } from '../../lib/http/encoder.js';
import { httpSink, type HttpSinkOptions } from '../../lib/http/http-sink.js';
import { jsonEncoder } from '../../lib/http/json-encoder.js';
import { ndjsonEncoder } from '../../lib/http/ndjson-encoder.js';
import type { HttpRequest, HttpResponse, HttpTransport } from '../../lib/http/transport.js';
import { nodeHttpTransport } from '../../lib/node/node-http-transport.js';
import { failedEvents } from '../../lib/lane/failed-events.js';
import type { EventSink } from '../../lib/sink/sink.js';
import { describeSinkContract } from '../../lib/testing/describe-sink-contract.js';
import { anEvent } from '../support/an-event.js';
import { attempt } from '../support/attempt.js';
import { LoopbackServer } from '../support/loopback-server.js';

describe('httpSink', () => {
  describe('against a real server', () => {
    let server: LoopbackServer;
    let answer: (response: ServerResponse) => void;

    beforeEach(async () => {
      answer = (response) => response.writeHead(204).end();
      server = await LoopbackServer.start((_received, response) => {
        answer(response);
      });
    });

    afterEach(() => server.stop());

    for (const [name, options] of Object.entries<() => Partial<HttpSinkOptions>>({
      'httpSink by fetch': () => ({}),
      'httpSink by node:http, compressed and in parts': () => ({
        transport: nodeHttpTransport(),
        compress: 'gzip',
        compressAboveBytes: 0,
        maxBodyBytes: 500,
      }),
    }))
      describeSinkContract(name, {
        create: () => httpSink({ url: server.url, ...options() }),
        failing: () => httpSink({ url: 'http://127.0.0.1:1/', ...options() }),
        received: () => server.events().map(({ id }) => id),
      });

    it('posts the batch as JSON, under its id, with the headers of each attempt', async () => {
      let attempts = 0;
      const headers = async (): Promise<Record<string, string>> => Promise.resolve({ Authorization: `Bearer ${String((attempts += 1))}` });
      const sink = httpSink({ url: server.url, headers });
      const batch = createBatch([anEvent()], 3);
      await send(sink, batch);
      await send(sink, batch);
      expect(server.requests.map(({ headers: { authorization } }) => authorization)).to.deep.equal(['Bearer 1', 'Bearer 2']);
      const [first] = server.requests;
      expect(first?.headers).to.include({ 'content-type': 'application/json', 'idempotency-key': batch.id });
      expect(JSON.parse(first?.body ?? '')).to.deep.equal(batch);
    });

    it('compresses only bodies longer than a limit', async () => {
      const sink = httpSink({ url: server.url, compress: 'gzip', compressAboveBytes: 1_000 });
      await send(sink, createBatch([anEvent()], 1));
      await send(sink, createBatch([anEvent({ data: 'ü'.repeat(1_000) })], 2));
      expect(server.requests.map(({ headers }) => headers['content-encoding'])).to.deep.equal([undefined, 'gzip']);
      expect(server.requests[1]?.bytes).to.be.below(500);
      expect(server.events()[1]?.data).to.equal('ü'.repeat(1_000));
    });

    it("is unavailable, with the system's code, if no server listens", async () => {
      const error = await failure(httpSink({ url: 'http://127.0.0.1:1/', transport: nodeHttpTransport() }), createBatch([anEvent()], 1));
      expect(error).to.include({ kind: 'unavailable', code: 'ECONNREFUSED', retryable: true });
    });

    it('is unavailable if an answer that it reads breaks off', async () => {
      answer = (response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('half', () => response.socket?.destroy());
      };
      const sink = httpSink({ url: server.url, parseResponse: async (response) => [await response.text()] });
      expect(await failure(sink, createBatch([anEvent()], 1))).to.include({ kind: 'unavailable', code: 'ANSWER_BROKEN' });
      // This answer is not read: its head is enough.
      await send(httpSink({ url: server.url }), createBatch([anEvent()], 1));
    });

    it('shows neither headers nor bodies in its errors', async () => {
      answer = (response) => response.writeHead(403, { 'x-secret': 'hunter2' }).end('hunter2');
      const sink = httpSink({ url: `${server.url}?key=hunter2`, headers: { authorization: 'hunter2' } });
      const error = await failure(sink, createBatch([anEvent({ data: 'hunter2' })], 1));
      expect([error.message, error.code]).to.deep.equal(['Answered 403', 'HTTP_403']);
    });
  });

  it('posts a too long batch in parts, one after the other', async () => {
    const { transport, requests } = recorded();
    const batch = batchOfTen();
    await send(httpSink({ url: URL, transport, maxBodyBytes: 700 }), batch);
    const parts = requests.map(({ body }) => JSON.parse(String(body)) as EventBatch);
    expect(parts.length).to.be.above(2);
    expect(parts.flatMap(({ events }) => events)).to.deep.equal(batch.events);
    expect(requests.map(({ headers }) => headers['idempotency-key'])).to.deep.equal(
      parts.map((_, index) => `${batch.id}/${String(index + 1)}`),
    );
  });

  describe('with requests by key', () => {
    const clients = (): EventBatch => {
      const events = Array.from({ length: 60 }, (_, index) => anEvent({ id: String(index), sessionId: `client ${String(index % 3)}` }));
      return createBatch(events, 1, { newId: () => 'batch', now: () => 0 });
    };
    const byClient = { requestKey: ({ sessionId }: AnalyticsEvent) => sessionId, encode: ndjsonEncoder };
    const sessionsOf = ({ body }: HttpRequest): unknown[] =>
      String(body)
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as AnalyticsEvent).sessionId);

    it('sends one request for each key, each with its own idempotency key', async () => {
      const { transport, requests } = recorded();
      await send(httpSink({ url: URL, transport, ...byClient }), clients());
      expect(requests.map(({ headers }) => headers['idempotency-key'])).to.deep.equal(['batch/1', 'batch/2', 'batch/3']);
      expect(requests.map((request) => [...new Set(sessionsOf(request))])).to.deep.equal([['client 0'], ['client 1'], ['client 2']]);
    });

    it('divides the events of a key above `maxBodyEvents`', async () => {
      const { transport, requests } = recorded();
      await send(httpSink({ url: URL, transport, ...byClient, maxBodyEvents: 15 }), clients());
      expect(requests.map((request) => sessionsOf(request).length)).to.deep.equal([10, 10, 10, 10, 10, 10]);
    });

    it('does not send delivered events again when one of the requests fails', async () => {
      const { transport, requests } = recorded([204, 503, 204, 400]);
      const collector = new EventCollector({
        sinks: [httpSink({ url: URL, transport, ...byClient })],
        lane: { retry: { baseDelayMs: 0 }, split: false },
      });
      const failed: (string | undefined)[] = [];
      collector.deadLetters$.subscribe(({ batch: { events } }) => failed.push(...events.map(({ sessionId }) => sessionId)));
      for (const { type, sessionId } of clients().events) collector.collect({ type, sessionId });
      const { sinks } = await collector.shutdown();
      // The second is sent again, and then the third, which the server refuses.
      expect(requests.map((request) => [...new Set(sessionsOf(request))])).to.deep.equal([
        ['client 0'],
        ['client 1'],
        ['client 1'],
        ['client 2'],
      ]);
      expect(failed).to.deep.equal(Array.from({ length: 20 }, () => 'client 2'));
      expect(sinks.http).to.include({ delivered: 40, failed: 20, pending: 0 });
    });
  });

  describe('with a time of sending', () => {
    const encode: Encoder = { ...ndjsonEncoder, stamp: (body, sentAt) => `${String(sentAt)} ${String(body)}` };

    it('stamps the body of each attempt, and encodes it once', async () => {
      const scheduler = new VirtualTimeScheduler();
      const { transport, requests } = recorded([503]);
      let encoded = 0;
      const counting: Encoder = { ...encode, encode: (batch) => `${String((encoded += 1))} ${String(batch.events.length)}` };
      const sink = httpSink({ url: URL, transport, encode: counting, scheduler });
      const batch = createBatch([anEvent()], 1);
      await failure(sink, batch);
      scheduler.frame = 5_000;
      await send(sink, batch);
      expect(requests.map(({ body }) => body)).to.deep.equal(['0 1 1', '5000 1 1']);
      expect(encoded).to.equal(1);
    });

    it('compresses the stamped body', async () => {
      const { transport, requests } = recorded();
      const scheduler = new VirtualTimeScheduler();
      await send(
        httpSink({ url: URL, transport, encode, scheduler, compress: 'gzip', compressAboveBytes: 0 }),
        createBatch([anEvent()], 1),
      );
      expect(gunzipSync(requests[0]?.body as Uint8Array).toString()).to.match(/^0 \{"id":/);
    });

    it('fails if `stamp` does', async () => {
      const failing: Encoder = {
        ...encode,
        stamp: () => {
          throw new Error('no time');
        },
      };
      const error = await failure(httpSink({ url: URL, transport: recorded().transport, encode: failing }), createBatch([anEvent()], 1));
      expect(error).to.include({ kind: 'write_failed', code: 'STAMP_FAILED' });
    });
  });

  it('names the events that were not delivered when a part fails, and sends no later part', async () => {
    const { transport, requests } = recorded([204, 503, 204]);
    const error = await failure(httpSink({ url: URL, transport, maxBodyBytes: 700 }), batchOfTen());
    const [first] = requests.map(({ body }) => JSON.parse(String(body)) as EventBatch);
    expect(requests).to.have.length(2);
    expect(error).to.include({ kind: 'unavailable', retryable: true, code: 'HTTP_503' });
    expect(error.failed).to.deep.equal(batchOfTen().events.slice(first?.events.length));
  });

  it('continues after a rejected part', async () => {
    const { transport, requests } = recorded([400]);
    const error = await failure(httpSink({ url: URL, transport, maxBodyBytes: 700 }), batchOfTen());
    const [first, ...others] = requests.map(({ body }) => JSON.parse(String(body)) as EventBatch);
    expect(error).to.include({ kind: 'rejected', code: 'HTTP_400' });
    expect(error.failed).to.deep.equal(first?.events);
    expect([...(first?.events ?? []), ...others.flatMap(({ events }) => events)]).to.deep.equal(batchOfTen().events);
  });

  const secondTime = <R>(first: R): (() => R) => {
    let calls = 0;
    return () => {
      calls += 1;
      if (calls === 2) throw new Error('This time not');
      return first;
    };
  };
  const breaking: Readonly<Record<string, (transport: HttpTransport) => Partial<HttpSinkOptions>>> = {
    'no answer': (transport) => {
      const fail = secondTime(undefined);
      return {
        transport: async (request) => {
          fail();
          return transport(request);
        },
      };
    },
    'no headers': () => ({ headers: secondTime({}) }),
    'an answer that cannot be read': () => ({ parseResponse: secondTime([]) }),
  };
  for (const [what, options] of Object.entries(breaking))
    it(`names only the events that were not delivered if a later part gets ${what}`, async () => {
      const { transport, requests } = recorded();
      const error = await failure(httpSink({ url: URL, transport, maxBodyBytes: 700, ...options(transport) }), batchOfTen());
      const [first] = requests.map(({ body }) => JSON.parse(String(body)) as EventBatch);
      expect(error.retryable).to.equal(true);
      expect(error.failed).to.deep.equal(batchOfTen().events.slice(first?.events.length));
    });

  it('retries all failed events if only some of them are final', async () => {
    const { transport } = recorded([503]);
    const bad = anEvent({ id: 'bad', data: 1n });
    const good = anEvent({ id: 'good' });
    const error = await failure(httpSink({ url: URL, transport }), createBatch([bad, good], 1));
    expect(error).to.include({ kind: 'unavailable' });
    expect(error.failed ?? [bad, good]).to.have.members([bad, good]);
  });

  describe('reads the outcomes of single events from a 2xx', () => {
    const [one, two] = [anEvent({ id: 'one' }), anEvent({ id: 'two' })];
    const outcome = async (parseResponse: HttpSinkOptions['parseResponse'], status = 200): Promise<SinkError | undefined> => {
      const sink = httpSink({ url: URL, transport: recorded([status]).transport, parseResponse });
      return attempt(sink, createBatch([one, two], 1));
    };

    it('none failed', async () => {
      expect(await outcome(() => undefined)).to.equal(undefined);
      expect(await outcome(() => [])).to.equal(undefined);
    });

    it('events or ids that failed finally', async () => {
      for (const failed of [[two], ['two']]) {
        const error = await outcome(() => failed);
        expect(error).to.include({ kind: 'rejected', code: 'PARTLY_REJECTED' });
        expect(error?.failed).to.deep.equal([two]);
      }
    });

    it('all failed, if the named events are not in the batch', async () => {
      const named = await outcome(() => ['three', 'two']);
      expect(failedEvents([one, two], named?.failed)).to.deep.equal([two]);
      const others = await outcome(() => ['three']);
      expect(others).to.include({ kind: 'rejected', code: 'PARTLY_REJECTED' });
      expect(failedEvents([one, two], others?.failed)).to.deep.equal([one, two]);
    });

    it('an error with more details', async () => {
      const error = await outcome(() => new SinkError('unavailable', 'Busy', { failed: [one], retryAfterMs: 5 }));
      expect(error).to.deep.include({ kind: 'unavailable', failed: [one], retryAfterMs: 5 });
    });

    it('the batch of the request, and the parts of the answer', async () => {
      const seen: unknown[] = [];
      await outcome(async ({ status, header, text }, { events }) => {
        seen.push(status, header('x-echo'), await text(), events);
        return [];
      }, 207);
      expect(seen).to.deep.equal([207, 'x-echo', 'body', [one, two]]);
    });

    for (const status of [207, 400, 500, 503])
      it(`at any status, such as ${String(status)}: some refused finally, the others delivered`, async () => {
        const error = await outcome(() => ['two'], status);
        expect(error).to.deep.include({ kind: 'rejected', retryable: false, failed: [two], rejected: [two] });
      });

    it('some refused finally, the others not accepted', async () => {
      const error = await outcome(() => new SinkError('rejected', 'Offenders named', { rejected: ['two'] }), 400);
      expect(error).to.deep.include({ kind: 'rejected', failed: undefined, rejected: [two] });
    });

    it('the same by details, with the kind and code of the status', async () => {
      expect(await outcome(() => ({ rejected: ['two'] }), 400)).to.deep.include({ kind: 'rejected', code: 'HTTP_400', rejected: [two] });
      const busy = await outcome(() => ({ rejected: [two], retryAfterMs: 5 }), 429);
      expect(busy).to.deep.include({ kind: 'unavailable', code: 'HTTP_429', failed: undefined, rejected: [two], retryAfterMs: 5 });
    });

    it('a final error instead of one that would be retried', async () => {
      const final = new SinkError('rejected', 'Bad data', { code: 'BAD_DATA' });
      expect(await outcome(() => final, 500)).to.equal(final);
    });

    it('nothing, so that the status decides', async () => {
      for (const parsed of [undefined, []]) expect(await outcome(() => parsed, 503)).to.include({ kind: 'unavailable', code: 'HTTP_503' });
    });

    it('an unreadable 2xx fails the attempt; other statuses decide themselves', async () => {
      const throwing = (): never => {
        throw new Error('hunter2');
      };
      expect(await outcome(throwing, 400)).to.include({ kind: 'rejected', code: 'HTTP_400' });
      expect(await outcome(throwing)).to.include({ kind: 'write_failed', code: 'PARSE_RESPONSE_FAILED', retryable: true });
    });
  });

  describe('when a part of a divided batch is refused', () => {
    it('names events refused finally and events to be sent again', async () => {
      const bad = anEvent({ id: 'bad', data: { toJSON: () => expect.fail('no') } });
      const good = anEvent({ id: 'good' });
      const { transport } = recorded([503]);
      const error = await failure(httpSink({ url: URL, transport }), createBatch([bad, good], 1));
      expect(error).to.include({ kind: 'unavailable', retryable: true });
      expect([error.failed, error.rejected]).to.deep.equal([[bad, good], [bad]]);
    });

    it('sends the part again, so that the lane finds the faulty event', async () => {
      const { transport, requests } = recorded([400]);
      const error = await failure(httpSink({ url: URL, transport, maxBodyBytes: 700 }), batchOfTen());
      const { events } = JSON.parse(String(requests[0]?.body)) as EventBatch;
      expect(error).to.deep.include({ kind: 'rejected', retryable: true, failed: events, rejected: [] });
    });

    it('fails the part if the request was at fault', async () => {
      const { transport, requests } = recorded([404]);
      const error = await failure(httpSink({ url: URL, transport, maxBodyBytes: 700 }), batchOfTen());
      const { events } = JSON.parse(String(requests[0]?.body)) as EventBatch;
      expect(error).to.deep.include({ kind: 'rejected', retryable: false, failed: events, rejected: events });
    });
  });

  describe('after 401 and 403', () => {
    let calls: number;
    const headers = (): Record<string, string> => ({ authorization: `Bearer ${String((calls += 1))}` });

    beforeEach(() => {
      calls = 0;
    });

    for (const status of [401, 403])
      it(`calls \`headers\` once more: ${String(status)}`, async () => {
        const { transport, requests, discarded } = recorded([status]);
        await send(httpSink({ url: URL, transport, headers }), createBatch([anEvent()], 1));
        expect(requests.map(({ headers: { authorization } }) => authorization)).to.deep.equal(['Bearer 1', 'Bearer 2']);
        expect(discarded()).to.equal(2);
      });

    it('fails if the new headers are refused, too, and computes them once for a divided batch', async () => {
      const { transport, requests } = recorded(Array<number>(20).fill(401));
      const error = await failure(httpSink({ url: URL, transport, headers, maxBodyBytes: 700 }), batchOfTen());
      expect(error).to.include({ kind: 'rejected', code: 'HTTP_401', retryable: false });
      const keys = requests.map(({ headers: { 'idempotency-key': key } }) => key);
      expect(keys.length - new Set(keys).size).to.equal(1);
    });

    it('fails immediately with fixed headers', async () => {
      const { transport, requests } = recorded([401]);
      await failure(httpSink({ url: URL, transport, headers: { a: 'b' } }), createBatch([anEvent()], 1));
      expect(requests).to.have.length(1);
    });
  });

  it('retries the statuses of `retryStatuses`, and no others', async () => {
    const retried: number[] = [];
    for (const status of [404, 429, 500, 503]) {
      const sink = httpSink({ url: URL, transport: recorded([status]).transport, retryStatuses: [404, 503] });
      if ((await failure(sink, createBatch([anEvent()], 1))).retryable) retried.push(status);
    }
    expect(retried).to.deep.equal([404, 503]);
  });

  it('sends shorter bodies after a 413', async () => {
    const { transport, requests } = recorded([413]);
    const sink = httpSink({ url: URL, transport });
    const batch = batchOfTen();
    expect(await failure(sink, batch)).to.include({ kind: 'too_large' });
    await send(sink, batch);
    const [refused, ...taken] = requests.map(({ body }) => String(body));
    expect(taken.length).to.be.within(2, 4);
    for (const body of taken) expect(body.length).to.be.at.most(refused!.length / 2);
    expect(taken.flatMap((body) => (JSON.parse(body) as EventBatch).events)).to.deep.equal(batch.events);
    // Ids follow from the events: one id never stands for different events.
    expect(requests[1]?.headers['idempotency-key']).to.match(/^batch\/1-\d$/);
  });

  describe('while a page is being left', () => {
    /** The transport of a page that may still send this many bytes, and never receives an answer. */
    const leaving = (budget: number) => {
      const sent: HttpRequest[] = [];
      const transport: HttpTransport = Object.assign(
        (request: HttpRequest) => {
          sent.push(request);
          budget -= String(request.body).length;
          return new Promise<HttpResponse>(() => undefined);
        },
        { keepaliveBytesLeft: () => Math.max(0, budget) },
      );
      return { transport, sent };
    };
    const idsOf = (sent: readonly HttpRequest[]): string[] =>
      sent.flatMap(({ body }) => (JSON.parse(String(body)) as EventBatch).events.map(({ id }) => id));
    const ignored = (answer: ReturnType<EventSink['process']>): void => {
      from(answer ?? []).subscribe({ error: () => undefined });
    };
    const { signal } = new AbortController();

    it('sends before `process` returns, uncompressed', () => {
      const { transport, sent } = leaving(100_000);
      const sink = httpSink({ url: URL, transport, compress: 'gzip', compressAboveBytes: 0 });
      ignored(sink.process(batchOfTen(), { signal, attempt: 1 }));
      expect(sent.map(({ headers, body }) => [headers['content-encoding'], typeof body])).to.deep.equal([[undefined, 'string']]);
    });

    it('sends all parts immediately', () => {
      const { transport, sent } = leaving(100_000);
      ignored(httpSink({ url: URL, transport, maxBodyBytes: 700 }).process(batchOfTen(), { signal, attempt: 1 }));
      expect(idsOf(sent)).to.deep.equal(batchOfTen().events.map(({ id }) => id));
    });

    it('divides bodies by the remaining bytes, then sends the others as usual', () => {
      const { transport, sent } = leaving(1_100);
      ignored(httpSink({ url: URL, transport }).process(batchOfTen(), { signal, attempt: 1 }));
      expect(idsOf(sent)).to.deep.equal(batchOfTen().events.map(({ id }) => id));
      let fits = 0;
      for (let bytes = 0; (bytes += String(sent[fits]?.body).length) <= 1_100;) fits += 1;
      expect(fits).to.be.at.least(1);
    });

    it('uses earlier headers without waiting', async () => {
      const { transport, sent } = leaving(100_000);
      const headers = async (): Promise<Record<string, string>> => {
        await new Promise(setImmediate);
        return { authorization: 'Bearer 1' };
      };
      const sink = httpSink({ url: URL, transport, headers });
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      ignored(sink.process(batchOfTen(), { signal, attempt: 1 }));
      expect(sent.map(({ headers: { authorization } }) => authorization)).to.deep.equal(['Bearer 1']);
    });
  });

  describe('when a page is left while a request waits', () => {
    /** The transport of a page that is visible until `leave`, and never receives an answer. */
    const waiting = () => {
      const sent: HttpRequest[] = [];
      const works = new Set<() => void>();
      let isLeft = false;
      const transport: HttpTransport = Object.assign(
        (request: HttpRequest) => {
          sent.push(request);
          return new Promise<HttpResponse>(() => undefined);
        },
        {
          keepaliveBytesLeft: () => (isLeft ? 50_000 : undefined),
          onLeaving: (work: () => void) => {
            works.add(work);
            return () => works.delete(work);
          },
        },
      );
      const leave = (): void => {
        isLeft = true;
        for (const work of [...works]) work();
      };
      return { transport, sent, works, leave };
    };
    const ignored = (answer: ReturnType<EventSink['process']>): void => {
      from(answer ?? []).subscribe({ error: () => undefined });
    };
    const { signal } = new AbortController();

    it('sends the other parts of its batch immediately', async () => {
      const { transport, sent, leave } = waiting();
      ignored(httpSink({ url: URL, transport, maxBodyEvents: 3 }).process(batchOfTen(), { signal, attempt: 1 }));
      await new Promise(setImmediate);
      expect(sent).to.have.lengthOf(1);
      leave();
      expect(sent.map(({ headers }) => headers['idempotency-key'])).to.deep.equal(['batch/1', 'batch/2', 'batch/3', 'batch/4']);
    });

    it('sends its body uncompressed if compression has not ended', async () => {
      const { transport, sent, leave } = waiting();
      const sink = httpSink({ url: URL, transport, compress: 'gzip', compressAboveBytes: 0 });
      ignored(sink.process(batchOfTen(), { signal, attempt: 1 }));
      leave();
      // A page runs microtasks after each listener, and no timers.
      await Promise.resolve().then(() => undefined);
      expect(sent.map(({ headers, body }) => [headers['content-encoding'], typeof body])).to.deep.equal([[undefined, 'string']]);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(sent).to.have.lengthOf(1);
    });

    it('uses earlier headers if it waits for new ones', async () => {
      const { transport, sent, leave } = waiting();
      let calls = 0;
      const headers = (): Promise<Record<string, string>> =>
        (calls += 1) === 1 ? Promise.resolve({ authorization: 'Bearer 1' }) : new Promise(() => undefined);
      const sink = httpSink({ url: URL, transport, headers });
      await new Promise(setImmediate);
      ignored(sink.process(batchOfTen(), { signal, attempt: 1 }));
      await new Promise(setImmediate);
      expect(sent).to.have.lengthOf(0);
      leave();
      await new Promise(setImmediate);
      expect(sent.map(({ headers: { authorization } }) => authorization)).to.deep.equal(['Bearer 1']);
    });

    it('waits no longer for the page once it has been answered', async () => {
      const { transport, works } = waiting();
      const answering: HttpTransport = Object.assign(() => recorded().transport({} as HttpRequest), { onLeaving: transport.onLeaving });
      await send(httpSink({ url: URL, transport: answering, headers: () => Promise.resolve({}) }), batchOfTen());
      expect(works).to.have.property('size', 0);
    });
  });

  it('succeeds if `discard` of the transport throws', async () => {
    const transport: HttpTransport = async (request) => ({
      ...(await recorded().transport(request)),
      discard: () => {
        throw new Error('no stream');
      },
    });
    await send(httpSink({ url: URL, transport }), createBatch([anEvent()], 1));
  });

  it('releases every body that it does not read', async () => {
    const { transport, discarded } = recorded([204, 503, 400]);
    for (let n = 0; n < 3; n += 1) await attempt(httpSink({ url: URL, transport }), createBatch([anEvent()], 1));
    expect(discarded()).to.equal(3);
  });

  it('compares a date in Retry-After with its scheduler', async () => {
    const scheduler = new VirtualTimeScheduler();
    const { transport } = recorded([503], { 'retry-after': 'Thu, 01 Jan 1970 00:00:07 GMT' });
    expect(await failure(httpSink({ url: URL, transport, scheduler }), createBatch([anEvent()], 1))).to.include({ retryAfterMs: 7_000 });
  });

  it('encodes a batch once for all sinks with the same encoder, and for all attempts', async () => {
    let calls = 0;
    const encode: Encoder = {
      contentType: 'text/plain',
      encode: (batch) => {
        calls += 1;
        return jsonEncoder.encode(batch);
      },
    };
    const sinks = [[503, 204], [204]].map((statuses, index) =>
      httpSink({ url: URL, name: String(index), encode, transport: recorded(statuses).transport }),
    );
    const batch = createBatch([anEvent()], 1);
    for (const sink of sinks) await attempt(sink, batch);
    await send(sinks[0]!, batch);
    expect(calls).to.equal(1);
  });

  it('accepts an encoder of another format', async () => {
    const { transport, requests } = recorded();
    await send(httpSink({ url: URL, transport, encode: ndjsonEncoder }), createBatch([anEvent(), anEvent()], 1));
    expect(requests[0]?.headers['content-type']).to.equal('application/x-ndjson');
    expect(String(requests[0]?.body).split('\n')).to.have.length(3);
  });

  it('sends nothing if its attempt was aborted before, or while its headers were computed', async () => {
    const { transport, requests } = recorded();
    expect(await failure(httpSink({ url: URL, transport }), createBatch([anEvent()], 1), AbortSignal.abort())).to.include({
      kind: 'unavailable',
    });
    const controller = new AbortController();
    const headers = (): Record<string, string> => {
      controller.abort();
      return {};
    };
    await failure(httpSink({ url: URL, transport, headers }), createBatch([anEvent()], 1), controller.signal);
    expect(requests).to.deep.equal([]);
  });

  it("is unavailable while its headers can't be computed", async () => {
    const headers = (): never => {
      throw new Error('no token');
    };
    const error = await failure(httpSink({ url: URL, transport: recorded().transport, headers }), createBatch([anEvent()], 1));
    expect(error).to.include({ kind: 'unavailable', code: 'HEADERS_FAILED', retryable: true });
  });

  it('keeps a SinkError of its transport', async () => {
    const own = new SinkError('too_large', 'More than a beacon holds');
    const sink = httpSink({ url: URL, transport: () => Promise.reject(own) });
    expect(await failure(sink, createBatch([anEvent()], 1))).to.equal(own);
  });

  it('releases its connections at `close`, which may be called twice, and accepts nothing afterwards', async () => {
    let closed = 0;
    const transport: HttpTransport = Object.assign(recorded().transport, { close: () => void (closed += 1) });
    const sink = httpSink({ url: URL, transport });
    for (let n = 0; n < 2; n += 1) await lastValueFrom(from(sink.close?.() ?? []), { defaultValue: undefined });
    expect(closed).to.equal(1);
    expect(await failure(sink, createBatch([anEvent()], 1))).to.include({ kind: 'write_failed', code: 'SINK_CLOSED', retryable: false });
  });

  const impossible: Readonly<Record<string, Partial<Record<keyof HttpSinkOptions, unknown>>>> = {
    url: { url: 'nowhere' },
    headers: { headers: 'x' },
    encode: { encode: 'json' },
    compress: { compress: 'br' },
    compressAboveBytes: { compressAboveBytes: -1 },
    maxBodyBytes: { maxBodyBytes: 0 },
    maxBodyEvents: { maxBodyEvents: 0.5 },
    requestKey: { requestKey: 'sessionId' },
    transport: { transport: {} },
    parseResponse: { parseResponse: {} },
    retryStatuses: { retryStatuses: [200] },
    name: { name: '' },
    scheduler: { scheduler: {} },
  };
  it('throws for missing options', () => {
    expect(() => httpSink(undefined as unknown as HttpSinkOptions)).to.throw(TypeError, 'Expected `url` to be an http: or https: URL');
    expect(() => httpSink('https://example.org/' as never)).to.throw(TypeError, 'Expected `options` to be an object, got a string');
  });

  for (const [name, options] of Object.entries(impossible))
    it(`throws for an invalid \`${name}\``, () => {
      expect(() => httpSink({ url: URL, ...options } as HttpSinkOptions)).to.throw(TypeError, `Expected \`${name}\``);
    });

  it('throws for an unknown option without showing its value', () => {
    const misspelt: object = { url: URL, header: 'Bearer 1234' };
    expect(() => httpSink(misspelt as HttpSinkOptions)).to.throw(
      TypeError,
      /^Unknown option `header`. Did you mean `headers`\? Options: url, [a-zA-Z, ]*$/,
    );
    expect(() => httpSink({ url: URL, encoder: {} } as HttpSinkOptions)).to.throw(
      TypeError,
      'Unknown option `encoder`. Did you mean `encode`?',
    );
  });

  it('is named after its protocol by default', () => {
    expect([httpSink({ url: URL }).name, httpSink({ url: URL, name: 'shop' }).name]).to.deep.equal(['http', 'shop']);
  });
});

const URL = 'https://example.org/events';

/** Ten events, about three of which fit into 700 bytes. */
function batchOfTen(): EventBatch {
  const events = Array.from({ length: 10 }, (_, index) => anEvent({ id: String(index) }));
  return createBatch(events, 1, { newId: () => 'batch', now: () => 0 });
}

/** A transport that answers with these statuses, then 204, and records its requests. */
function recorded(statuses: readonly number[] = [], headers?: Readonly<Record<string, string>>) {
  const requests: HttpRequest[] = [];
  let open = 0;
  let discarded = 0;
  const transport = (request: HttpRequest): Promise<HttpResponse> => {
    requests.push(request);
    open += 1;
    return Promise.resolve({
      status: statuses[requests.length - 1] ?? 204,
      header: (name) => (headers === undefined ? name : headers[name]),
      text: () => Promise.resolve('body'),
      discard: () => void (discarded += 1),
    });
  };
  return { transport, requests, discarded: () => (open === requests.length ? discarded : NaN) };
}

async function send(sink: EventSink, batch: EventBatch): Promise<void> {
  const error = await attempt(sink, batch);
  if (error !== undefined) throw error;
}

async function failure(...args: Parameters<typeof attempt>): Promise<SinkError> {
  return (await attempt(...args)) ?? expect.fail('Expected the attempt to fail');
}
