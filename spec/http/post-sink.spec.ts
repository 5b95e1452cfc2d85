import { expect } from 'chai';
import { from, NEVER, Observable, of, throwError } from 'rxjs';
import { SinkError } from '../../lib/errors/sink-error.js';
import { createBatch } from '../../lib/event/batch-of.js';
import type { EventBatch } from '../../lib/event/event.js';
import { EventCollector } from '../../lib/index.js';
import { postSink, type PostAnswer, type PostSend, type PostSinkOptions } from '../../lib/http/post-sink.js';
import type { HttpRequest } from '../../lib/http/transport.js';
import { nodeHttpTransport } from '../../lib/node/node-http-transport.js';
import { describeSinkContract } from '../../lib/testing/describe-sink-contract.js';
import { anEvent } from '../support/an-event.js';
import { attempt } from '../support/attempt.js';
import { expectBalanced } from '../support/books.js';
import { settled } from '../support/describe-transport.js';
import { LoopbackServer } from '../support/loopback-server.js';

const URL = 'https://example.org/events';

describe('postSink', () => {
  describe('against a real server', () => {
    let server: LoopbackServer;

    beforeEach(async () => {
      server = await LoopbackServer.start();
    });

    afterEach(() => server.stop());

    const transport = nodeHttpTransport();
    for (const [name, send] of [
      ['plain fetch', undefined],
      ['a transport', transport],
    ] as const)
      describeSinkContract(`postSink by ${name}`, {
        create: () => postSink({ url: server.url, send }),
        failing: () => postSink({ url: 'http://127.0.0.1:1/', send }),
        received: () => server.events().map(({ id }) => id),
        teardown: () => transport.close?.(),
      });

    it('posts the batch as JSON, under its id', async () => {
      const batch = createBatch([anEvent()], 3);
      await attempt(postSink({ url: server.url, headers: { 'x-key': 'a' } }), batch);
      const [first] = server.requests;
      expect(first?.headers).to.include({ 'content-type': 'application/json', 'idempotency-key': batch.id, 'x-key': 'a' });
      expect(JSON.parse(first?.body ?? '')).to.deep.equal(batch);
    });

    for (const size of [0, 10])
      it(`uses one connection again and again, with answers of ${String(size)} bytes`, async () => {
        await server.stop();
        server = await LoopbackServer.start((_received, response) => response.end('x'.repeat(size)));
        const sink = postSink({ url: server.url });
        for (let n = 0; n < 5; n += 1) {
          await attempt(sink, createBatch([anEvent()], n));
          await settled();
        }
        expect(server.connections).to.equal(1);
      });
  });

  describe('maps the answer', () => {
    const fateOf = async (answer: ReturnType<PostSend>): Promise<SinkError | undefined> =>
      attempt(postSink({ url: URL, send: () => answer }), createBatch([anEvent(), anEvent()], 1));

    for (const [what, answer] of Object.entries<() => ReturnType<PostSend>>({
      'a 2xx': () => Promise.resolve(new Response(null, { status: 202 })),
      'a 2xx of a test double': () => Promise.resolve({ ok: true, status: 200 } as PostAnswer),
      'a 2xx of an Observable': () => of({ status: 204 }),
      'a 2xx whose body is broken': () =>
        Promise.resolve({
          status: 200,
          body: {
            cancel: () => {
              throw new Error('locked');
            },
          },
        }),
    }))
      it(`${what} to success`, async () => {
        expect(await fateOf(answer())).to.equal(undefined);
      });

    for (const [status, kind] of [
      [408, 'unavailable'],
      [429, 'unavailable'],
      [500, 'unavailable'],
      [413, 'too_large'],
      [400, 'rejected'],
      [404, 'rejected'],
      [0, 'unavailable'],
    ] as const) {
      it(`${String(status)} to ${kind}, also as an error with a status`, async () => {
        if (status !== 0) expect(await fateOf(Promise.resolve({ status }))).to.include({ kind, code: `HTTP_${String(status)}` });
        expect(await fateOf(throwError(() => Object.assign(new Error('Http failure'), { status })))).to.include({ kind });
      });
    }

    it('Retry-After of every kind of answer', async () => {
      const headers = { 'retry-after': '3' };
      const header = (name: string): string | undefined => (name === 'retry-after' ? '3' : undefined);
      for (const answer of [new Response(null, { status: 503, headers }), { status: 503, header }])
        expect(await fateOf(Promise.resolve(answer))).to.include({ retryAfterMs: 3_000 });
    });

    it('none to unavailable', async () => {
      expect(await fateOf(Promise.reject(new TypeError('Failed to fetch')))).to.include({ kind: 'unavailable', message: 'No answer' });
      expect(
        await fateOf(
          new Observable((subscriber) => {
            subscriber.complete();
          }),
        ),
      ).to.include({ kind: 'unavailable' });
    });

    it('a SinkError to itself', async () => {
      const own = new SinkError('rejected', 'No');
      expect(await fateOf(Promise.reject(own))).to.equal(own);
    });
  });

  it('discards the answer', async () => {
    let discarded = 0;
    const send: PostSend = () => Promise.resolve({ status: 204, discard: () => void (discarded += 1) });
    await attempt(postSink({ url: URL, send }), createBatch([anEvent()], 1));
    expect(discarded).to.equal(1);
  });

  it('unsubscribes from an Observable when the attempt is aborted', async () => {
    let isOpen = false;
    const send: PostSend = () =>
      new Observable<never>(() => {
        isOpen = true;
        return () => {
          isOpen = false;
        };
      });
    const controller = new AbortController();
    from(postSink({ url: URL, send }).process(createBatch([anEvent()], 1), { signal: controller.signal, attempt: 1 }) ?? []).subscribe();
    expect(isOpen).to.equal(true);
    controller.abort();
    expect(isOpen).to.equal(false);
  });

  it("is too large, so that the lane halves the batch and fails only the event that doesn't fit", async () => {
    const { send, ids } = recorded();
    const collector = new EventCollector({ sinks: [postSink({ url: URL, send, maxBodyBytes: 1_500 })] });
    const failed: string[] = [];
    collector.deadLetters$.subscribe(({ batch, error }) => failed.push(...batch.events.map(() => error.code)));
    collector.collectBatch(Array.from({ length: 10 }, (_, n) => ({ type: 'used', id: String(n), data: n === 7 ? 'x'.repeat(2_000) : n })));
    await collector.shutdown();
    expectBalanced(collector);
    expect(ids().sort()).to.deep.equal(['0', '1', '2', '3', '4', '5', '6', '8', '9']);
    expect(failed).to.deep.equal(['BODY_TOO_LARGE']);
  });

  it("fails only the event that can't be encoded", async () => {
    const { send, ids } = recorded();
    const collector = new EventCollector({ sinks: [postSink({ url: URL, send })] });
    const failed: string[] = [];
    collector.deadLetters$.subscribe(({ batch, error }) => failed.push(...batch.events.map(({ id }) => `${id} ${error.code}`)));
    const unreadable = {
      toJSON: () => {
        throw new Error('no');
      },
    };
    collector.collectBatch(Array.from({ length: 10 }, (_, n) => ({ type: 'used', id: String(n), data: n === 7 ? unreadable : n })));
    await collector.shutdown();
    expect(ids().sort()).to.deep.equal(['0', '1', '2', '3', '4', '5', '6', '8', '9']);
    expect(failed).to.deep.equal(['7 NOT_ENCODABLE']);
  });

  it('sends shorter bodies after a 413', async () => {
    const { send, requests } = recorded(413);
    const sink = postSink({ url: URL, send });
    const batch = createBatch([anEvent(), anEvent()], 1);
    expect(await attempt(sink, batch)).to.include({ kind: 'too_large', code: 'HTTP_413' });
    expect(await attempt(sink, batch)).to.include({ kind: 'too_large', code: 'BODY_TOO_LARGE' });
    expect(requests).to.have.length(1);
    // A single event can't be halved: its body has no limit.
    expect(await attempt(sink, createBatch([anEvent({ data: 'x'.repeat(1_000) })], 2))).to.equal(undefined);
  });

  it('calls a headers function for each attempt', async () => {
    const { send, requests } = recorded();
    let calls = 0;
    const sink = postSink({ url: URL, send, headers: () => Promise.resolve({ call: String((calls += 1)) }) });
    for (let n = 0; n < 2; n += 1) await attempt(sink, createBatch([anEvent()], n));
    expect(requests.map(({ headers }) => headers['call'])).to.deep.equal(['1', '2']);
  });

  describe('while a page is being left', () => {
    const process = (keepaliveBytesLeft: number, events: number): HttpRequest[] => {
      const { send, requests } = recorded();
      const sink = postSink({ url: URL, send: Object.assign(send, { keepaliveBytesLeft: () => keepaliveBytesLeft }) });
      const batch = createBatch(
        Array.from({ length: events }, () => anEvent()),
        1,
      );
      void sink.process(batch, { signal: new AbortController().signal, attempt: 1 });
      return requests;
    };

    it('sends before `process` returns', () => {
      expect(process(60_000, 3)).to.have.length(1);
    });

    it('fails immediately as too large if half of the batch may fit', () => {
      expect(() => process(500, 3))
        .to.throw(SinkError)
        .with.property('kind', 'too_large');
    });

    it("sends a single event that doesn't fit", () => {
      expect(process(10, 3)).to.have.length(1);
      expect(process(10, 1)).to.have.length(1);
    });
  });

  const impossible: Readonly<Record<string, unknown>> = {
    url: 'https://ada:hunter2@example.org/',
    send: {},
    headers: { a: 'hunter2\nx' },
    maxBodyBytes: 0,
    name: '',
  };
  for (const [name, value] of Object.entries(impossible))
    it(`throws for an invalid \`${name}\` without showing it`, () => {
      expect(() => postSink({ url: URL, [name]: value }))
        .to.throw(TypeError, `Expected \`${name}\``)
        .with.property('message')
        .that.does.not.include('hunter2');
    });

  it('throws for a relative or missing URL, and for an unknown option', () => {
    for (const url of ['', '/events', 'ftp://example.org/', undefined]) expect(() => postSink({ url: url! })).to.throw(TypeError, '`url`');
    expect(() => postSink({ url: URL, header: {} } as PostSinkOptions)).to.throw(
      TypeError,
      'Unknown option `header`. Did you mean `headers`?',
    );
  });

  it('never answers', () => {
    let hasEnded = false;
    from(
      postSink({ url: URL, send: () => NEVER }).process(createBatch([anEvent()], 1), {
        signal: new AbortController().signal,
        attempt: 1,
      }) ?? [],
    ).subscribe({ error: () => (hasEnded = true), complete: () => (hasEnded = true) });
    expect(hasEnded).to.equal(false);
  });
});

/** A `send` that answers with these statuses, then 204. */
function recorded(...statuses: number[]) {
  const requests: HttpRequest[] = [];
  const send: PostSend = (request) => {
    requests.push(request);
    return Promise.resolve({ status: statuses.shift() ?? 204 });
  };
  const ids = (): string[] => requests.flatMap(({ body }) => (JSON.parse(String(body)) as EventBatch).events.map(({ id }) => id));
  return { send, requests, ids };
}
