import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { AnalyticsEvent, EventBatch } from '../../lib/event/event.js';

/** A complete request, its body decompressed. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body as received. */
  readonly bytes: number;
}

/** The answer of a server to a complete request. */
export type Answer = (received: Received, response: ServerResponse) => void;

/** A real server on a loopback port, which records its requests. */
export class LoopbackServer {
  readonly requests: Received[] = [];
  /** Number of sockets opened so far. */
  connections = 0;
  #answer: Answer = (_received, response) => response.writeHead(204).end();
  readonly #server: Server;

  static async start(answer?: Answer): Promise<LoopbackServer> {
    const server = new LoopbackServer(createServer());
    if (answer !== undefined) server.#answer = answer;
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', () => {
      this.connections += 1;
    });
    server.on('request', (request, response) => void this.#receive(request, response));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}/events`;
  }

  /** The events of all JSON batches received. */
  events(): AnalyticsEvent[] {
    return this.requests.flatMap(({ body }) => [...(JSON.parse(body) as EventBatch).events]);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // Broken off: not a complete request.
      return;
    }
    const body = Buffer.concat(chunks);
    const { url: path = '', headers } = request;
    const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
    const received = { path, headers, body: text, bytes: body.length };
    this.requests.push(received);
    this.#answer(received, response);
  }
}
