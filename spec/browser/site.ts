import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ingestHandler, nodeListener } from '../../lib/ingest/index.js';
import { EventCollector, MemorySink } from '../../lib/index.js';
import { scriptOf } from '../support/chromium.js';

export const PAGE = `<!doctype html>
<title>A page</title>
<button data-track data-plan="pro"><b>Buy</b></button> <a href="/elsewhere">Elsewhere</a>
<script src="/program.js"></script>`;

/** A site of the user's own: pages with this library in them, and behind them a server with this library in it. */
export class Site {
  readonly sink = new MemorySink();
  readonly collector = new EventCollector({ sinks: [this.sink] });
  readonly #held: (() => void)[] = [];
  #isHolding = false;
  readonly #script: string;
  readonly #server: Server = createServer();

  static async open(): Promise<Site> {
    const site = new Site(await scriptOf('spec/browser/page-program.ts'));
    site.#server.listen(0, '127.0.0.1');
    await once(site.#server, 'listening');
    return site;
  }

  private constructor(script: string) {
    this.#script = script;
    const ingest = nodeListener(ingestHandler({ collector: this.collector, path: '/events', cors: { origins: '*' } }));
    this.#server.on('request', (request, response) => {
      if (request.method !== 'GET') {
        const take = (): void => {
          ingest(request, response);
        };
        if (this.#isHolding) this.#held.push(take);
        else take();
      } else if (request.url === '/program.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(this.#script);
      else response.writeHead(200, { 'content-type': 'text/html' }).end(request.url === '/elsewhere' ? '<title>Elsewhere</title>' : PAGE);
    });
  }

  /** Requests that wait: with events, or for leave to bring some from another origin. */
  get held(): number {
    return this.#held.length;
  }

  /** Events that come from now on wait at the door. */
  hold(): void {
    this.#isHolding = true;
  }

  admit(): void {
    this.#isHolding = false;
    for (const take of this.#held.splice(0)) take();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(query = ''): string {
    return `http://127.0.0.1:${String(this.port)}/${query}`;
  }

  /** The numbers of the events that the server has taken, in ascending order. */
  async numbers(): Promise<number[]> {
    await this.collector.flush();
    return this.sink.events.flatMap(({ type, data }) => (type === 'counted' ? [(data as { n: number }).n] : [])).sort((a, b) => a - b);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
    await this.collector.shutdown();
  }
}
