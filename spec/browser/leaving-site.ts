import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** How the server answers a request with events: it accepts them, refuses them for now, or accepts them and never answers. */
export type Answering = 'accept' | 'busy' | 'busy for 20 s' | 'silent';

/** A page's server that knows which events arrived, whether or not the page lives to see the answer. */
export class LeavingSite {
  answering: Answering = 'accept';
  /** The numbers of the events in requests that were accepted. */
  readonly arrived = new Set<number>();
  /** The same, in the order of arrival, and as often as they arrived. */
  readonly arrivals: number[] = [];
  /** Requests with events so far, refused ones included. */
  requests = 0;
  readonly #server: Server = createServer();

  static async open(scripts: Readonly<Record<string, string>>): Promise<LeavingSite> {
    const site = new LeavingSite(scripts);
    site.#server.listen(0, '127.0.0.1');
    await once(site.#server, 'listening');
    return site;
  }

  private constructor(scripts: Readonly<Record<string, string>>) {
    this.#server.on('request', (request, response) => {
      if (request.method === 'POST') void this.#receive(request, response);
      else if (request.url?.split('?')[0]?.endsWith('.js')) {
        response.writeHead(200, { 'content-type': 'text/javascript' }).end(scripts[request.url.slice(1).split('?')[0] ?? '']);
      } else {
        // A sandboxed page has no origin, and so no storage.
        const sandbox = request.url === '/sandbox' && { 'content-security-policy': 'sandbox allow-scripts' };
        response.writeHead(200, { 'content-type': 'text/html', ...sandbox }).end(pageAt(request.url ?? '/'));
      }
    });
  }

  url(path = ''): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/${path}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { answering } = this;
    const sent = await buffer(request).catch(() => undefined);
    // The page went before it had sent the whole request.
    if (sent === undefined) return;
    if (request.url !== '/events') return;
    this.requests += 1;
    if (answering.startsWith('busy')) {
      response.writeHead(503, answering === 'busy' ? {} : { 'retry-after': '20' }).end();
      return;
    }
    const body = JSON.parse((request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent).toString()) as unknown;
    const events = (Array.isArray(body) ? body : (body as { events: unknown }).events) as { data: { n: number } }[];
    for (const { data } of events) {
      this.arrived.add(data.n);
      this.arrivals.push(data.n);
    }
    if (answering === 'accept') response.writeHead(204).end();
  }
}

function pageAt(url: string): string {
  if (url === '/elsewhere') return '<!doctype html><title>Elsewhere</title>';
  const [path = '', script = 'program'] = url.split('?');
  // The fragment of a frame's parent is the frame's.
  if (path === '/parent')
    return '<!doctype html><iframe></iframe><script>document.querySelector("iframe").src = "/" + location.hash</script>';
  return `<!doctype html><title>A page</title><script src="/${script}.js"></script><a href="/elsewhere">Elsewhere</a>`;
}
