import { expect } from 'chai';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { fetchTransport } from '../../lib/http/fetch-transport.js';
import type { HttpRequest } from '../../lib/http/transport.js';
import { describeTransport } from '../support/describe-transport.js';

describe('fetchTransport', () => {
  describeTransport('fetchTransport', () => fetchTransport());

  const request: HttpRequest = {
    url: 'https://example.org/',
    method: 'POST',
    headers: { a: 'b' },
    body: '{}',
    signal: new AbortController().signal,
  };

  it('uses the global fetch at the time of a request', async () => {
    const send = fetchTransport();
    const { fetch } = globalThis;
    globalThis.fetch = () => Promise.resolve(new Response('another', { status: 202 }));
    try {
      expect((await send(request)).status).to.equal(202);
    } finally {
      globalThis.fetch = fetch;
    }
  });

  it('passes on `init`, except for the request itself', async () => {
    const calls: unknown[] = [];
    const fake: typeof fetch = (url, init) => {
      calls.push([url, init]);
      return Promise.resolve(new Response());
    };
    await fetchTransport({ fetch: fake })(request);
    await fetchTransport({ fetch: fake, init: { redirect: 'follow', credentials: 'include' } })(request);
    const { url, ...own } = request;
    expect(calls).to.deep.equal([
      [url, { redirect: 'manual', ...own }],
      [url, { redirect: 'follow', credentials: 'include', ...own }],
    ]);
  });

  it("returns status 0 for a redirect that a browser doesn't show", async () => {
    const answer = await fetchTransport({ fetch: () => Promise.resolve(Response.error()) })(request);
    expect([answer.status, await answer.text()]).to.deep.equal([0, '']);
  });

  describe('with a response that has no web stream', () => {
    const answerOf = (response: object) => fetchTransport({ fetch: () => Promise.resolve(response as Response) })(request);

    for (const [what, response, status] of [
      ['a test double', { ok: true, status: 200 }, 200],
      ['a test double without a status', { ok: true }, 200],
      ['a test double without anything', {}, 0],
      ['React Native', { status: 202, headers: new Headers(), text: () => Promise.resolve('') }, 202],
      ['React Native whose body is undefined', { status: 202, headers: new Headers(), body: undefined }, 202],
    ] as const)
      it(`reads the status of ${what}, and nothing after it fails`, async () => {
        const answer = await answerOf(response);
        expect([answer.status, answer.header('retry-after'), await answer.text()]).to.deep.equal([status, undefined, '']);
        (await answerOf(response)).discard();
      });

    it('reads a text that has no stream', async () => {
      expect(await (await answerOf({ status: 200, text: () => Promise.resolve('thanks') })).text()).to.equal('thanks');
    });

    it('drains a stream of Node, as node-fetch returns it', async () => {
      const body = Readable.from(['a', 'b']);
      const ended = once(body, 'end');
      (await answerOf({ status: 200, body })).discard();
      await ended;
    });
  });

  it('throws if fetch is not a function', () => {
    expect(() => fetchTransport({ fetch: {} as never })).to.throw(TypeError, 'Expected `fetch` to be a function, got an object');
  });

  it('throws for invalid options', () => {
    expect(() => fetchTransport(5 as never)).to.throw(TypeError, 'Expected `options` to be an object, got `5` (number)');
    expect(() => fetchTransport({ init: 5 as never })).to.throw(TypeError, 'Expected `init` to be an object, got `5` (number)');
    expect(() => fetchTransport({ redirect: 'follow' } as object)).to.throw(TypeError, 'Unknown option `redirect`. Options: fetch, init');
  });
});
