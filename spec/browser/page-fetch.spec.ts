import { expect } from 'chai';
import { pageFetch, type PageFetch } from '../../lib/browser/page-fetch.js';
import { stateOf } from '../../lib/browser/page.js';
import { FakeSender } from './fake-sender.js';

const URL = 'https://example.org/events';
const LIMIT = 65_536;

describe('pageFetch', () => {
  let page: FakeSender;

  beforeEach(() => {
    page = new FakeSender();
  });

  const answered = (fetch: PageFetch, body: string | Uint8Array, init: RequestInit = {}): Promise<Response> =>
    fetch(URL, { ...init, body });
  const send = (...request: Parameters<typeof answered>): void => {
    answered(...request).catch(() => undefined);
  };

  it('sends a text as bytes, and bytes as they are, with the given request', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const fetch = pageFetch(page);
    send(fetch, 'ü', { method: 'POST', headers: { a: '1' } });
    send(fetch, bytes, { redirect: 'follow' });
    expect(page.sent.map(({ init }) => init)).to.deep.equal([
      { redirect: 'manual', method: 'POST', headers: { a: '1' }, body: new TextEncoder().encode('ü'), keepalive: true },
      { redirect: 'follow', body: bytes, keepalive: true },
    ]);
    expect(page.sent[1]?.init.body).to.equal(bytes);
  });

  it('keeps alive what fits exactly into the budget', () => {
    const fetch = pageFetch(page);
    send(fetch, new Uint8Array(LIMIT / 2 + 1));
    send(fetch, new Uint8Array(LIMIT / 2));
    stateOf(page).isLeaving = true;
    send(fetch, new Uint8Array(LIMIT / 2 + 1));
    send(fetch, new Uint8Array(LIMIT / 2));
    send(fetch, '');
    expect(page.ways).to.deep.equal(['f32769', 'k32768', 'f32769', 'k32768', 'k0']);
  });

  it('frees the budget as soon as the response has begun, or the request has failed', async () => {
    const fetch = pageFetch(page);
    const answer = answered(fetch, new Uint8Array(100));
    const state = stateOf(page);
    expect(state.keepaliveBytes).to.equal(100);
    page.sent[0]?.answer(new Response(new ReadableStream()));
    await answer;
    expect(state.keepaliveBytes).to.equal(0);
    const failing = answered(fetch, new Uint8Array(100));
    page.sent[1]?.fail();
    await new Promise(setImmediate);
    expect([page.ways.at(-1), state.keepaliveBytes]).to.deep.equal(['f100', 0]);
    page.sent[2]?.fail();
    expect(await failing.catch(String)).to.equal('TypeError: Failed to fetch');
  });

  it('repeats a refused request unchanged but for `keepalive`, and once only', async () => {
    const answer = answered(pageFetch(page), 'text', { headers: { a: '1' } });
    page.sent[0]?.fail();
    await new Promise(setImmediate);
    const [{ keepalive, ...first }, second] = page.sent.map(({ init }) => init) as [RequestInit, RequestInit];
    expect([keepalive, second]).to.deep.equal([true, first]);
    page.sent[1]?.fail();
    expect(await answer.catch(String)).to.equal('TypeError: Failed to fetch');
    expect(page.ways).to.deep.equal(['k4', 'f4']);
  });

  it('reports a request of a page that goes and does not fit, before it is sent, and no other', () => {
    const reported: unknown[] = [];
    const fetch = pageFetch(page, (url, { body, headers }) => {
      reported.push([url, (body as Uint8Array).length, headers, page.sent.length]);
    });
    send(fetch, new Uint8Array(LIMIT));
    page.document.visibilityState = 'hidden';
    send(fetch, new Uint8Array(LIMIT));
    send(fetch, new Uint8Array(1), { headers: { a: '1' } });
    expect(page.ways).to.deep.equal(['f65536', 'k65536', 'f1']);
    expect(reported).to.deep.equal([[URL, 1, { a: '1' }, 2]]);
  });

  it('reports every request of a page that goes where the browser has no `keepalive`', () => {
    let reported = 0;
    for (const own of [new FakeSender(false), Object.assign(new FakeSender(), { Request: undefined })]) {
      const fetch = pageFetch(own, () => (reported += 1));
      send(fetch, 'text');
      stateOf(own).isLeaving = true;
      send(fetch, 'text');
      expect(fetch.page.keepaliveBytesLeft?.()).to.equal(0);
    }
    expect(reported).to.equal(2);
  });

  it('never reports fewer than 0 bytes left', () => {
    const fetch = pageFetch(page);
    stateOf(page).isLeaving = true;
    stateOf(page).keepaliveBytes = LIMIT + 1;
    expect(fetch.page.keepaliveBytesLeft?.()).to.equal(0);
  });
});
