import { expect } from 'chai';
import { pageSend } from '../../lib/browser/index.js';
import { stateOf } from '../../lib/browser/page.js';
import type { PostAnswer } from '../../lib/http/index.js';
import { FakeSender } from './fake-sender.js';

describe('pageSend', () => {
  let page: FakeSender;

  beforeEach(() => {
    page = new FakeSender();
  });

  const post = async (bytes: number, send = pageSend({ window: page })): Promise<PostAnswer> =>
    send({
      url: 'https://example.org/events',
      method: 'POST',
      headers: {},
      body: 'x'.repeat(bytes),
      signal: new AbortController().signal,
    }) as Promise<PostAnswer>;

  it('reserves half of the budget for when the page is left, and shares it', () => {
    for (const bytes of [30_000, 2_768, 1]) post(bytes).catch(() => undefined);
    stateOf(page).isLeaving = true;
    for (const bytes of [32_768, 1]) post(bytes).catch(() => undefined);
    expect(page.ways).to.deep.equal(['k30000', 'k2768', 'f1', 'k32768', 'f1']);
  });

  it('repeats a request by plain fetch if the browser refuses keepalive', async () => {
    const answer = post(10);
    page.sent[0]!.fail();
    await new Promise(setImmediate);
    page.sent[1]!.answer(new Response(null, { status: 202 }));
    expect((await answer).status).to.equal(202);
    expect(page.ways).to.deep.equal(['k10', 'f10']);
  });

  it('reports the remaining bytes while the page is left', () => {
    post(1_000).catch(() => undefined);
    const send = pageSend({ window: page });
    expect(send.keepaliveBytesLeft?.()).to.equal(undefined);
    page.document.visibilityState = 'hidden';
    expect(send.keepaliveBytesLeft?.()).to.equal(64_536);
  });

  it('follows no redirect', () => {
    for (const bytes of [10, 60_000]) post(bytes).catch(() => undefined);
    expect(page.sent.map(({ init: { redirect } }) => redirect)).to.deep.equal(['manual', 'manual']);
  });

  it('is plain fetch without a page', async () => {
    const { fetch } = globalThis;
    const calls: (RequestInit | undefined)[] = [];
    globalThis.fetch = (_url, init) => {
      calls.push(init);
      return Promise.resolve(new Response(null, { status: 202 }));
    };
    try {
      const send = pageSend();
      expect((await post(10, send)).status).to.equal(202);
      expect([send.keepaliveBytesLeft, calls.map((init) => init?.keepalive)]).to.deep.equal([undefined, [undefined]]);
    } finally {
      globalThis.fetch = fetch;
    }
  });

  it('throws for invalid and unknown options', () => {
    expect(() => pageSend(5 as never)).to.throw(TypeError, 'Expected `options` to be an object, got `5` (number)');
    expect(() => pageSend({ windows: page } as object)).to.throw(TypeError, 'Unknown option `windows`. Did you mean `window`?');
  });
});
