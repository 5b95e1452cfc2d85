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

/** A site with this library in its pages and in its server. */
export class Site {
  readonly sink = new MemorySink();
  readonly collector = new EventCollector({ sinks: [this.sink] });
  /** Paths that browsers asked for. */
  readonly requested = new Set<string | undefined>();
  readonly #held: (() => void)[] = [];
  #isHolding = false;
  readonly #scripts: ReadonlyMap<string | undefined, string>;
  readonly #server: Server = createServer();

  static async open(): Promise<Site> {
    const programs = ['program', 'worker'] as const;
    const scripts = await Promise.all([scriptOf('spec/browser/page-program.ts'), scriptOf('spec/browser/worker-program.ts')]);
    const site = new Site(new Map(programs.map((name, index) => [`/${name}.js`, scripts[index] ?? ''])));
    site.#server.listen(0, '127.0.0.1');
    await once(site.#server, 'listening');
    return site;
  }

  private constructor(scripts: ReadonlyMap<string | undefined, string>) {
    this.#scripts = scripts;
    const ingest = nodeListener(ingestHandler({ collector: this.collector, path: '/events', cors: { origins: '*' } }));
    this.#server.on('request', (request, response) => {
      if (request.method !== 'GET') {
        const receive = (): void => {
          ingest(request, response);
        };
        if (this.#isHolding) this.#held.push(receive);
        else receive();
        return;
      }
      this.requested.add(request.url);
      const script = this.#scripts.get(request.url);
      if (script !== undefined) response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
      else response.writeHead(200, { 'content-type': 'text/html' }).end(request.url === '/elsewhere' ? '<title>Elsewhere</title>' : PAGE);
    });
  }

  /** Requests that are held: with events, or preflight requests. */
  get held(): number {
    return this.#held.length;
  }

  /** Holds all later requests with events. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Answers the held requests, and all later ones at once. */
  admit(): void {
    this.#isHolding = false;
    for (const receive of this.#held.splice(0)) receive();
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(query = ''): string {
    return `http://127.0.0.1:${String(this.port)}/${query}`;
  }

  /** The numbers of the events that the server has accepted, in ascending order. */
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
