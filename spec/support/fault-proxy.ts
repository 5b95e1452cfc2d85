import { once } from 'node:events';
import { Agent, createServer, request as requestUpstream, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { seededRandom } from '../../lib/testing/seeded-random.js';

/** The faults of a network and its servers. */
export const FAULTS = [
  /** The connection is reset before the request has been read. */
  'reset',
  /** The server accepts the request, and the connection is reset before its answer. */
  'reset_after',
  /** The request does not arrive, and is not answered. */
  'stall',
  /** The server accepts the request, and its answer never arrives. */
  'stall_after',
  /** The server sees half of the request, then a broken connection. */
  'cut_request',
  /** The client sees the head and half of the body of the answer, then a broken connection. */
  'cut_answer',
  /** A series of refusals with `Retry-After`: for this request, and the next ones. */
  'storm_429',
  /** The same without `Retry-After`. */
  'storm_503',
] as const;

export type Fault = (typeof FAULTS)[number];

export interface FaultProxyOptions {
  /** The port of the server behind it. */
  readonly upstream: number;
  readonly seed: number;
  /** The share of requests at which a fault begins. */
  readonly rate: number;
  /** Which faults; one that is listed twice is twice as likely. @default all of them */
  readonly faults?: readonly Fault[];
}

/** Length of a series of refusals, in requests. */
const STORM = 4;

/** A proxy of a server on a loopback port, which causes faults: the same ones for the same seed and order of requests. */
export class FaultProxy {
  /** How often each fault was caused so far. */
  readonly done: Record<Fault | 'none', number> = Object.fromEntries([...FAULTS, 'none'].map((each) => [each, 0])) as never;
  readonly #options: FaultProxyOptions;
  readonly #random: () => number;
  readonly #server: Server = createServer();
  readonly #agent = new Agent({ keepAlive: true });
  #storm: { readonly fault: Fault; left: number } | undefined;

  static async start(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  private constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#server.on('request', (request, response) => {
      // Errors here are intended, or the client has disconnected.
      this.#carry(request, response).catch(() => request.socket.destroy());
    });
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/events`;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #next(): Fault | undefined {
    if (this.#storm !== undefined && this.#storm.left > 0) {
      this.#storm.left -= 1;
      return this.#storm.fault;
    }
    const { rate, faults = FAULTS } = this.#options;
    if (this.#random() >= rate) return undefined;
    const fault = faults[Math.floor(this.#random() * faults.length)];
    if (fault === 'storm_429' || fault === 'storm_503') this.#storm = { fault, left: Math.floor(this.#random() * STORM) };
    return fault;
  }

  async #carry(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.#next();
    this.done[fault ?? 'none'] += 1;
    request.on('error', () => undefined);
    if (fault === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    const body = await bodyOf(request);
    switch (fault) {
      case 'stall':
        return;
      case 'storm_429': {
        // Seconds, a past date, or an invalid value.
        const after = ['0', 'Sun, 06 Nov 1994 08:49:37 GMT', 'soon'][Math.floor(this.#random() * 3)];
        response.writeHead(429, { 'retry-after': after }).end('slow down');
        return;
      }
      case 'storm_503':
        response.writeHead(503).end('<html>busy</html>');
        return;
      case 'cut_request': {
        const upstream = this.#upstream(request, body.length).on('error', () => undefined);
        upstream.write(body.subarray(0, body.length / 2), () => {
          upstream.destroy();
          request.socket.destroy();
        });
        return;
      }
      default:
    }
    const upstream = this.#upstream(request, body.length).end(body);
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
    const content = await bodyOf(answer);
    if (fault === 'stall_after') return;
    if (fault === 'reset_after') {
      request.socket.resetAndDestroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, { 'content-type': 'application/json', 'content-length': content.length });
    if (fault === undefined) response.end(content);
    else response.write(content.subarray(0, content.length / 2), () => request.socket.destroy());
  }

  #upstream({ headers, url, method }: IncomingMessage, length: number): ReturnType<typeof requestUpstream> {
    const { upstream: port } = this.#options;
    return requestUpstream({
      host: '127.0.0.1',
      port,
      path: url,
      method,
      agent: this.#agent,
      headers: { ...headers, 'content-length': length },
    });
  }
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
