import { expect } from 'chai';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { merge, type Subscription } from 'rxjs';
import { fromClicks, fromErrors, fromPageViews, pageSend, pageTransport, withPageLifecycle } from '../../../lib/browser/index.js';
import { httpSink, postSink } from '../../../lib/http/index.js';
import { EventCollector, type EventSink } from '../../../lib/index.js';
import { expectBalanced } from '../../support/books.js';
import { until } from '../../support/until.js';

const FOLDER = import.meta.dirname;
const HTML =
  '<!doctype html><title>Shop</title><form><button type="button" data-plan="pro"><b>Buy</b></button><input name="getAttributeNames"></form>';

/** A document for tests without a browser. */
interface TestDom {
  readonly name: string;
  readonly module: string;
  readonly create: (url: string, module: never) => OpenDom;
}

interface OpenDom {
  readonly window: Window & typeof globalThis;
  readonly close: () => Promise<void> | void;
}

interface JsdomModule {
  readonly JSDOM: new (html: string, options: object) => { readonly window: Window & typeof globalThis };
}
interface HappyDomModule {
  readonly Window: new (
    options: object,
  ) => Window & typeof globalThis & { readonly happyDOM: { waitUntilComplete(): Promise<void>; close(): Promise<void> } };
}

const DOMS: readonly TestDom[] = [
  {
    name: 'jsdom',
    module: 'jsdom',
    create: (url, { JSDOM }: JsdomModule) => {
      const { window } = new JSDOM(HTML, { url, pretendToBeVisual: true });
      return {
        window,
        close: () => {
          window.close();
        },
      };
    },
  },
  {
    name: 'happy-dom',
    module: 'happy-dom',
    create: (url, { Window }: HappyDomModule) => {
      const window = new Window({ url });
      window.document.documentElement.innerHTML = HTML;
      return {
        window,
        close: async () => {
          // It can't abort a beacon without an unhandled rejection.
          await window.happyDOM.waitUntilComplete();
          await window.happyDOM.close();
        },
      };
    },
  },
];

/** Globals that test runners replace by those of the document, beside the ones that Node lacks. */
const REPLACED = ['window', 'document', 'location', 'navigator', 'Event', 'EventTarget', 'AbortController', 'AbortSignal', 'Blob'];

for (const { name, module, create } of DOMS) {
  describe(name, function () {
    this.timeout(60_000);
    let server: Awaited<ReturnType<typeof eventsServer>>;
    let dom: OpenDom;
    const undo: (() => Promise<void> | void)[] = [];

    before(function () {
      if (!existsSync(join(FOLDER, 'node_modules', module))) this.skip();
    });

    beforeEach(async () => {
      server = await eventsServer();
      dom = create(`${server.url}shop/?token=secret`, createRequire(import.meta.url)(module) as never);
      undo.push(server.stop, dom.close);
    });

    afterEach(async () => {
      for (const each of undo.splice(0).reverse()) await each();
    });

    /** As test runners do it that have no realm of their own for the document. */
    function installGlobals(): void {
      const names = [...Object.getOwnPropertyNames(dom.window).filter((key) => !(key in globalThis)), ...REPLACED];
      for (const key of names) {
        const before = Object.getOwnPropertyDescriptor(globalThis, key);
        const value: unknown = Reflect.get(dom.window, key);
        if (value === undefined) continue;
        Object.defineProperty(globalThis, key, { value, configurable: true, writable: true });
        undo.push(() => {
          Reflect.deleteProperty(globalThis, key);
          if (before !== undefined) Object.defineProperty(globalThis, key, before);
        });
      }
    }

    /** A user who clicks, meets an error, moves on and leaves. */
    function visit(): void {
      const { window } = dom;
      window.document.querySelector('b')?.click();
      window.dispatchEvent(new window.ErrorEvent('error', { error: new TypeError('declined'), message: 'declined' }));
      window.history.pushState(null, '', '/paid');
      window.dispatchEvent(new window.Event('pagehide'));
    }

    async function expectVisit(sink: EventSink, window?: Window & typeof globalThis): Promise<void> {
      const collector = new EventCollector({ sinks: [sink], config: { batch: { maxAgeMs: 0 } } });
      const lifecycle: Subscription = withPageLifecycle(collector, { window });
      const sources = merge(fromPageViews({ window }), fromErrors({ window }), fromClicks('button', { window }));
      const subscription = sources.subscribe((event) => collector.collect(event));
      visit();
      await until(() => server.events().length >= 4 || collector.stats().flushErrors > 0);
      subscription.unsubscribe();
      const { sinks } = await collector.shutdown();
      expect(sinks).to.deep.equal({ [sink.name]: { delivered: 4, failed: 0, dropped: 0, pending: 0 } });
      expect(server.events().map(({ type }) => type)).to.have.members(['page_viewed', 'element_clicked', 'error_occurred', 'page_viewed']);
      expect(server.events().find(({ type }) => type === 'element_clicked')?.data).to.deep.equal({
        tag: 'button',
        attributes: { type: 'button', 'data-plan': 'pro' },
      });
      expect(JSON.stringify(server.events())).not.to.include('secret');
      expect(collector.stats().flushErrors).to.equal(0);
      expect(lifecycle.closed).to.equal(true);
      expectBalanced(collector);
    }

    it('runs sources, lifecycle and pageTransport() with its globals', async () => {
      installGlobals();
      await expectVisit(httpSink({ url: 'events', transport: pageTransport() }));
      expect(server.paths()).to.deep.equal(['/shop/events']);
    });

    it('runs sources, lifecycle and pageSend() with its globals', async () => {
      installGlobals();
      await expectVisit(postSink({ url: '/events', send: pageSend() }));
      expect(server.paths()).to.deep.equal(['/events']);
    });

    it('runs httpSink() without a page of its own, with its globals', async () => {
      installGlobals();
      await expectVisit(httpSink({ url: 'events' }));
    });

    it('resolves URLs against the base of the document', async () => {
      installGlobals();
      const base = dom.window.document.createElement('base');
      base.href = '/base/';
      dom.window.document.head.append(base);
      await expectVisit(httpSink({ url: 'events', transport: pageTransport() }));
      expect(server.paths()).to.deep.equal(['/base/events']);
    });

    it('runs all of it with the window as an option', async () => {
      const { window } = dom;
      await expectVisit(httpSink({ url: `${server.url}events`, transport: pageTransport({ window }) }), window);
    });

    it('ends requests at the time limit of a lane', async () => {
      installGlobals();
      server.hold();
      const sink = httpSink({ url: 'events', transport: pageTransport() });
      const collector = new EventCollector({ sinks: [sink], lane: { timeoutMs: 200, retry: { maxElapsedMs: 0 } } });
      collector.track('feature_used');
      const { sinks } = await collector.flush();
      expect(sinks['http']).to.include({ delivered: 0, failed: 1 });
      await until(() => server.aborted() === 1);
      await collector.shutdown();
    });
  });
}

interface Arrived {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

async function eventsServer() {
  /** By their ids: a page that goes without `keepalive` also sends a copy by beacon. */
  const events = new Map<string, Arrived>();
  const paths: string[] = [];
  let isHolding = false;
  let aborted = 0;
  const server = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableEnded) aborted += 1;
    });
    const receive = async (): Promise<void> => {
      const body = await text(request);
      paths.push(request.url ?? '');
      const parsed = JSON.parse(body) as { events: Arrived[] } | Arrived[];
      for (const each of 'events' in parsed ? parsed.events : parsed) events.set(each.id, each);
      if (!isHolding) response.writeHead(202).end();
    };
    receive().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
    events: () => [...events.values()],
    paths: () => [...new Set(paths)],
    aborted: () => aborted,
    hold: () => (isHolding = true),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
