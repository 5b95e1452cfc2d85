import { Agent as HttpAgent, request as requestHttp, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { finished } from 'node:stream/promises';
import { urlToHttpOptions } from 'node:url';
import { MAX_ANSWER_BYTES, MAX_DISCARDED_BYTES, type HttpResponse, type HttpTransport } from '../http/transport.js';
import { optionsOf } from '../internal/options.js';

export interface NodeHttpTransportOptions {
  /**
   * Your own agent, which you also destroy: an `Agent` of `node:https` for `https:` URLs, such as one with your own certificates. @default an agent
   * that keeps connections alive
   */
  readonly agent?: HttpAgent | HttpsAgent | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<NodeHttpTransportOptions, 'agent'>(() => ({
  agent: [{ expected: 'an Agent of node:http or node:https', accepts: isAgent }],
}));

/** If a connection is idle for this time, in milliseconds, the rest of a discarded answer is not awaited any more. */
const IDLE_MS = 10_000;

/**
 * Sends by `node:http` and `node:https`, over connections that are kept alive: two to three times as many requests per second as the global `fetch`.
 *
 * Redirects are not followed. An idle connection doesn't keep the process alive; `close` closes the idle connections of the default agents.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = httpSink({ url: 'http://localhost:1/events', transport: nodeHttpTransport() });
 * const collector = new EventCollector({ sinks: [sink], lane: { retry: { maxElapsedMs: 0 } } });
 * collector.collect({ type: 'feature_used' });
 * const { sinks } = await collector.shutdown();
 * expect(sinks.http?.failed).to.equal(1);
 */
export function nodeHttpTransport(options: NodeHttpTransportOptions = {}): HttpTransport {
  const { agent } = OPTIONS.parse(options);
  // One for each protocol, created when it is needed.
  const own: { http?: HttpAgent; https?: HttpsAgent } = {};
  const agentFor = (isSecure: boolean): HttpAgent => {
    if (agent !== undefined) return agent;
    const kept = { keepAlive: true, timeout: IDLE_MS };
    return isSecure ? (own.https ??= new HttpsAgent(kept)) : (own.http ??= new HttpAgent(kept));
  };
  /** Requests whose answers were discarded. */
  const unread = new Set<ClientRequest>();
  let target = { url: '', isSecure: false, place: {} };
  const transport: HttpTransport = (outer) =>
    new Promise((resolve, reject) => {
      const { url, method, headers, body, onAbort } = outer;
      // A lane's signal is created when it is read, which takes about a twentieth of a request's time.
      const signal = onAbort === undefined ? outer.signal : undefined;
      signal?.throwIfAborted();
      // A sink has one URL: parsing it for each request would take as long as the headers.
      if (url !== target.url) target = targetOf(url);
      const { isSecure, place } = target;
      const request = isSecure ? requestHttps : requestHttp;
      // Your own agent may have no timeout; the option has no effect until an answer is discarded.
      const outgoing = request({ ...place, method, headers, agent: agentFor(isSecure), timeout: IDLE_MS });
      const abort = (): void => {
        outgoing.destroy(new Error('The request was aborted', { cause: outer.signal.reason }));
      };
      let isAnswered = false;
      outgoing
        .on('response', (incoming) => {
          isAnswered = true;
          resolve(responseOf(incoming, outgoing, unread));
        })
        .on('error', reject)
        .on('close', () => {
          signal?.removeEventListener('abort', abort);
          if (!isAnswered) reject(new Error('The connection was closed without an answer'));
        });
      if (onAbort === undefined) signal?.addEventListener('abort', abort);
      else onAbort(abort);
      outgoing.end(body);
    });
  return Object.assign(transport, {
    close: () => {
      for (const outgoing of unread) outgoing.destroy();
      // Sockets in use belong to running attempts, possibly of another sink.
      for (const kept of [own.http, own.https]) for (const socket of Object.values(kept?.freeSockets ?? {}).flat()) socket?.destroy();
    },
  });
}

function targetOf(url: string): { readonly url: string; readonly isSecure: boolean; readonly place: RequestOptions } {
  const place = urlToHttpOptions(new URL(url));
  return { url, isSecure: place.protocol === 'https:', place };
}

/** An answer whose body is read as it arrives, so that its connection is free as soon as the body is complete. */
function responseOf(incoming: IncomingMessage, outgoing: ClientRequest, unread: Set<ClientRequest>): HttpResponse {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let maxBytes = MAX_ANSWER_BYTES;
  const giveUpAbove = (): void => {
    if (bytes > maxBytes) outgoing.destroy();
  };
  incoming
    .on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      giveUpAbove();
    })
    // `text` reports it.
    .on('error', () => undefined);
  return {
    status: incoming.statusCode ?? 0,
    header: (name) => {
      const value = incoming.headers[name.toLowerCase()];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    text: async () => {
      // An answer above the limit was cut off, or has just completed.
      if (bytes <= maxBytes) await finished(incoming);
      if (bytes > maxBytes) throw new RangeError(`Expected an answer of at most ${String(maxBytes)} bytes`);
      return Buffer.concat(chunks).toString();
    },
    discard: () => {
      if (incoming.complete) return;
      maxBytes = MAX_DISCARDED_BYTES;
      giveUpAbove();
      unread.add(outgoing);
      incoming.on('close', () => unread.delete(outgoing));
      outgoing.on('timeout', () => outgoing.destroy());
    },
  };
}

function isAgent(value: unknown): boolean {
  return typeof (value as { addRequest?: unknown } | null | undefined)?.addRequest === 'function';
}
