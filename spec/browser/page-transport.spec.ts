import { expect } from 'chai';
import { pageTransport, withPageLifecycle } from '../../lib/browser/index.js';
import { stateOf } from '../../lib/browser/page.js';
import { createCollector } from '../../lib/collector/collector.js';
import type { HttpRequest } from '../../lib/http/transport.js';
import { FakePage } from './fake-page.js';
import { FakeSender } from './fake-sender.js';

const request = (bytes: number, parts: Partial<HttpRequest> = {}): HttpRequest => ({
  url: 'https://example.org/events',
  method: 'POST',
  headers: { 'content-type': 'application/json', 'idempotency-key': 'batch' },
  body: 'x'.repeat(bytes),
  signal: new AbortController().signal,
  ...parts,
});

describe('pageTransport', () => {
  let page: FakeSender;
  const ignored = (promise: Promise<unknown>): void => {
    promise.catch(() => undefined);
  };

  beforeEach(() => {
    page = new FakeSender();
  });

  it('reserves half of the budget for when the page is left', () => {
    const send = pageTransport({ window: page });
    for (const bytes of [30_000, 3_000, 2_768, 1]) ignored(send(request(bytes)));
    expect(page.ways).to.deep.equal(['k30000', 'f3000', 'k2768', 'f1']);
    page.document.visibilityState = 'hidden';
    for (const bytes of [32_768, 1]) ignored(send(request(bytes)));
    expect(page.ways.slice(4)).to.deep.equal(['k32768', 'f1']);
  });

  it('uses all of it while the page is being left, visible though it still is', () => {
    stateOf(page).isLeaving = true;
    ignored(pageTransport({ window: page })(request(65_536)));
    expect(page.ways).to.deep.equal(['k65536']);
  });

  it('counts over all transports of a page, and over no other', () => {
    ignored(pageTransport({ window: page })(request(32_768)));
    ignored(pageTransport({ window: page })(request(1)));
    const other = new FakeSender();
    ignored(pageTransport({ window: other })(request(1)));
    expect([page.ways, other.ways]).to.deep.equal([['k32768', 'f1'], ['k1']]);
  });

  it('counts bytes, not characters', () => {
    ignored(pageTransport({ window: page })(request(0, { body: '€'.repeat(10_923) })));
    expect(page.ways).to.deep.equal(['f32769']);
  });

  describe('frees its part of the budget', () => {
    const ends: Readonly<Record<string, () => Promise<void>>> = {
      'when there is no answer': async () => {
        const answer = pageTransport({ window: page })(request(32_768));
        page.sent[0]!.fail();
        await Promise.resolve();
        page.sent[1]!.fail();
        expect(page.ways).to.deep.equal(['k32768', 'f32768']);
        expect(await answer.catch((error: unknown) => error)).to.be.instanceOf(TypeError);
      },
      'when the answer is there': async () => {
        const answer = pageTransport({ window: page })(request(32_768));
        expect(stateOf(page).keepaliveBytes).to.equal(32_768);
        page.sent[0]!.answer(new Response('thanks', { status: 202 }));
        const response = await answer;
        expect([response.status, await response.text()]).to.deep.equal([202, 'thanks']);
        response.discard();
      },
      'when the answer is let go': async () => {
        const answer = pageTransport({ window: page })(request(32_768));
        page.sent[0]!.answer(new Response('thanks', { status: 500, headers: { 'retry-after': '3' } }));
        const response = await answer;
        expect([response.status, response.header('retry-after')]).to.deep.equal([500, '3']);
        response.discard();
        response.discard();
      },
      'when the answer breaks off': async () => {
        const answer = pageTransport({ window: page })(request(32_768));
        const broken = new ReadableStream({
          start: (controller) => {
            controller.error(new Error('broken'));
          },
        });
        page.sent[0]!.answer(new Response(broken));
        (await answer).discard();
      },
    };
    it('once, however often it is asked for', async () => {
      stateOf(page).keepaliveBytes = 500;
      const answer = pageTransport({ window: page })(request(1_000));
      page.sent[0]!.answer(new Response('taken'));
      const response = await answer;
      expect(await response.text()).to.equal('taken');
      await response.text().catch(() => undefined);
      response.discard();
      expect(stateOf(page).keepaliveBytes).to.equal(500);
    });
    for (const [when, end] of Object.entries(ends)) {
      it(when, async () => {
        await end();
        // However many ticks a stream takes, a macrotask comes after them.
        await new Promise((resolve) => setImmediate(resolve));
        expect(stateOf(page).keepaliveBytes).to.equal(0);
      });
    }
  });

  describe('beyond the budget of a page that is being left', () => {
    beforeEach(() => {
      page.document.visibilityState = 'hidden';
      stateOf(page).keepaliveBytes = 65_000;
    });

    it('sends a copy by a beacon, and settles by the answer to the fetch', async () => {
      const answer = pageTransport({ window: page })(request(1_000));
      expect(page.ways).to.deep.equal(['f1000']);
      expect(page.beacons.map(({ size, type }) => [size, type])).to.deep.equal([[1_000, 'application/json']]);
      page.sent[0]!.answer(new Response(null, { status: 503 }));
      expect((await answer).status).to.equal(503);
    });

    it('continues without a beacon if the browser refuses it', () => {
      page.takesBeacons = false;
      ignored(pageTransport({ window: page })(request(1_000)));
      expect([page.ways, page.beacons.length]).to.deep.equal([['f1000'], 0]);
    });

    it('continues without a beacon if the browser throws', () => {
      page.navigator.sendBeacon = () => {
        throw new DOMException('Not with this type', 'SecurityError');
      };
      ignored(pageTransport({ window: page })(request(1_000)));
      expect(page.ways).to.deep.equal(['f1000']);
    });

    it('sends no beacon that would lack a header', () => {
      const send = pageTransport({ window: page });
      for (const header of ['authorization', 'content-encoding'])
        ignored(send(request(1_000, { headers: { ...request(0).headers, [header]: 'x' } })));
      expect([page.ways, page.beacons.length]).to.deep.equal([['f1000', 'f1000'], 0]);
    });
  });

  describe('when the browser refuses to keep a request', () => {
    it('repeats the request by plain fetch, in the same attempt', async () => {
      const answer = pageTransport({ window: page })(request(10));
      page.sent[0]!.fail();
      await new Promise(setImmediate);
      expect(page.ways).to.deep.equal(['k10', 'f10']);
      page.sent[1]!.answer(new Response(null, { status: 202 }));
      expect((await answer).status).to.equal(202);
      expect(stateOf(page).keepaliveBytes).to.equal(0);
    });

    it('does not if the attempt was aborted', async () => {
      const controller = new AbortController();
      const answer = pageTransport({ window: page })(request(10, { signal: controller.signal }));
      controller.abort();
      page.sent[0]!.fail();
      expect(await answer.catch((error: unknown) => error)).to.be.instanceOf(TypeError);
      expect(page.ways).to.deep.equal(['k10']);
    });
  });

  it('reports the remaining bytes while the page is left', () => {
    const send = pageTransport({ window: page });
    ignored(send(request(1_000)));
    expect(send.keepaliveBytesLeft?.()).to.equal(undefined);
    stateOf(page).isLeaving = true;
    expect(send.keepaliveBytesLeft?.()).to.equal(64_536);
  });

  it('calls back when the lifecycle of the page says that it is left, until cancelled', () => {
    const window = Object.assign(new FakePage(), { navigator: { ...page.navigator, onLine: true } });
    const { onLeaving } = pageTransport({ window });
    const collector = createCollector({});
    withPageLifecycle(collector, { window });
    const calls: string[] = [];
    const cancel = onLeaving?.(() => calls.push(window.document.visibilityState));
    window.show('hidden');
    window.show('visible');
    window.fire('pagehide');
    cancel?.();
    window.fire('pagehide');
    expect(calls).to.deep.equal(['hidden', 'visible']);
  });

  it('accepts a window without a network of its own, such as that of jsdom', async () => {
    const { document, navigator } = page;
    const { fetch } = globalThis;
    globalThis.fetch = () => Promise.resolve(new Response(null, { status: 202 }));
    try {
      expect((await pageTransport({ window: { document, navigator } })(request(10))).status).to.equal(202);
    } finally {
      globalThis.fetch = fetch;
    }
  });

  it('works without keepalive if the browser does not support it', () => {
    page = new FakeSender(false);
    const send = pageTransport({ window: page });
    ignored(send(request(10)));
    expect(page.beacons).to.deep.equal([]);
    page.document.visibilityState = 'hidden';
    ignored(send(request(10)));
    expect([page.ways, page.beacons.length]).to.deep.equal([['f10', 'f10'], 1]);
  });

  it('follows no redirect', () => {
    const send = pageTransport({ window: page });
    ignored(send(request(10)));
    ignored(send(request(60_000)));
    expect(page.sent.map(({ init: { redirect } }) => redirect)).to.deep.equal(['manual', 'manual']);
  });

  it('throws for invalid and unknown options', () => {
    expect(() => pageTransport(5 as never)).to.throw(TypeError, 'Expected `options` to be an object, got `5` (number)');
    expect(() => pageTransport({ maxBodyBytes: 1 } as object)).to.throw(TypeError, 'Unknown option `maxBodyBytes`. Options: window');
  });

  it('is plain fetch without a page', async () => {
    const { fetch } = globalThis;
    let isAsked = false;
    globalThis.fetch = (_url, init) => {
      isAsked = true;
      expect(init).not.to.have.property('keepalive');
      return Promise.resolve(new Response(null, { status: 202 }));
    };
    try {
      expect((await pageTransport()(request(10))).status).to.equal(202);
      expect(isAsked).to.equal(true);
    } finally {
      globalThis.fetch = fetch;
    }
  });
});
