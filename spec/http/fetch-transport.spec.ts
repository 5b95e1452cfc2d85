import { expect } from 'chai';
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

  it('takes the global fetch as it is when a request is made', async () => {
    const send = fetchTransport();
    const { fetch } = globalThis;
    globalThis.fetch = () => Promise.resolve(new Response('another', { status: 202 }));
    try {
      expect((await send(request)).status).to.equal(202);
    } finally {
      globalThis.fetch = fetch;
    }
  });

  it('hands on what it was told, but for the request itself', async () => {
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

  it("gives status 0 for a redirect that a browser doesn't show", async () => {
    const answer = await fetchTransport({ fetch: () => Promise.resolve(Response.error()) })(request);
    expect([answer.status, await answer.text()]).to.deep.equal([0, '']);
  });

  it('throws at the call for a fetch that is no function', () => {
    expect(() => fetchTransport({ fetch: {} as never })).to.throw(TypeError, 'Expected `fetch` to be a function, got an object');
  });

  it('throws at the call for options that can not be meant', () => {
    expect(() => fetchTransport(5 as never)).to.throw(TypeError, 'Expected `options` to be an object, got `5` (number)');
    expect(() => fetchTransport({ init: 5 as never })).to.throw(TypeError, 'Expected `init` to be an object, got `5` (number)');
    expect(() => fetchTransport({ redirect: 'follow' } as object)).to.throw(TypeError, 'Expected `redirect` to be left out');
  });
});
