import { Agent as HttpAgent, request as requestHttp, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { finished } from 'node:stream/promises';
import { urlToHttpOptions } from 'node:url';
import { MAX_ANSWER_BYTES, MAX_DISCARDED_BYTES, type HttpResponse, type HttpTransport } from '../http/transport.js';
import { checkKeys } from '../internal/check-keys.js';
import { checkArgument } from '../internal/check-option.js';

export interface NodeHttpTransportOptions {
  /** Yours to set up and to destroy: an `Agent` of `node:https` for `https:`, with the certificates of your own, say. @default one that keeps connections alive */
  readonly agent?: HttpAgent | HttpsAgent | undefined;
}

/** Milliseconds for which a connection may be idle before the rest of an answer that nobody reads is given up. */
const IDLE_MS = 10_000;

/**
 * Sends by `node:http` and `node:https`, over connections that are kept: two to three times the requests a second of the global `fetch`.
 *
 * Redirects are not followed. An idle connection keeps no process alive; `close` ends those of the default agents.
 *
 * @throws TypeError for an agent that is none
 * @example
 * const sink = httpSink({ url: 'http://localhost:1/events', transport: nodeHttpTransport() });
 * const collector = new EventCollector({ sinks: [sink], lane: { retry: { maxElapsedMs: 0 } } });
 * collector.collect({ type: 'feature_used' });
 * const { sinks } = await collector.shutdown();
 * expect(sinks.http?.failed).to.equal(1);
 */
export function nodeHttpTransport(options: NodeHttpTransportOptions = {}): HttpTransport {
  checkKeys(options, { agent: true });
  const { agent } = options;
  if (agent !== undefined) checkArgument('agent', agent, { expected: 'an Agent of node:http or node:https', accepts: isAgent });
  // One for each protocol, made when it is needed.
  const own: { http?: HttpAgent; https?: HttpsAgent } = {};
  const agentFor = (isSecure: boolean): HttpAgent => {
    if (agent !== undefined) return agent;
    const kept = { keepAlive: true, timeout: IDLE_MS };
    return isSecure ? (own.https ??= new HttpsAgent(kept)) : (own.http ??= new HttpAgent(kept));
  };
  /** Of answers that nobody wants. */
  const unread = new Set<ClientRequest>();
  let target = { url: '', isSecure: false, place: {} };
  const transport: HttpTransport = ({ url, method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      // A sink has one URL: taking it apart each time would cost as much as the headers.
      if (url !== target.url) target = targetOf(url);
      const { isSecure, place } = target;
      const request = isSecure ? requestHttps : requestHttp;
      // An agent of the user's own may have no timeout; until an answer is let go, nothing follows from it.
      const outgoing = request({ ...place, method, headers, agent: agentFor(isSecure), timeout: IDLE_MS });
      const abort = (): void => {
        outgoing.destroy(new Error('The request was aborted', { cause: signal.reason }));
      };
      signal.addEventListener('abort', abort);
      outgoing
        .on('response', (incoming) => {
          resolve(responseOf(incoming, outgoing, unread));
        })
        .on('error', reject)
        .on('close', () => {
          signal.removeEventListener('abort', abort);
          reject(new Error('The connection was closed without an answer'));
        })
        .end(body);
    });
  return Object.assign(transport, {
    close: () => {
      for (const outgoing of unread) outgoing.destroy();
      // Those in use belong to attempts, which may be another sink's.
      for (const kept of [own.http, own.https]) for (const socket of Object.values(kept?.freeSockets ?? {}).flat()) socket?.destroy();
    },
  });
}

function targetOf(url: string): { readonly url: string; readonly isSecure: boolean; readonly place: RequestOptions } {
  const place = urlToHttpOptions(new URL(url));
  return { url, isSecure: place.protocol === 'https:', place };
}

/** An answer whose body is read as it comes: what is there already when somebody asks for it has freed its connection by then. */
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
    // `text` tells whoever asks.
    .on('error', () => undefined);
  return {
    status: incoming.statusCode ?? 0,
    header: (name) => {
      const value = incoming.headers[name.toLowerCase()];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    text: async () => {
      // Where more had come than is taken, it was broken off, or was whole at that moment.
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
