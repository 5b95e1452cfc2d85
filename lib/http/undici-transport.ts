import { aFunction, checkArgument } from '../internal/check-option.js';
import { MAX_ANSWER_BYTES, MAX_DISCARDED_BYTES, type HttpTransport } from './transport.js';

/** The part of undici's `Agent`, `Pool` or `Client` that is used; you install the package. */
export interface UndiciDispatcher {
  request(options: {
    readonly origin: string;
    readonly path: string;
    readonly method: 'POST';
    readonly headers: Record<string, string>;
    readonly body: string | Uint8Array;
    readonly signal: AbortSignal;
  }): Promise<{
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly body: AsyncIterable<Uint8Array> & {
      dump(options: { readonly limit: number; readonly signal: AbortSignal }): Promise<unknown>;
    };
  }>;
}

/**
 * Sends through a dispatcher of undici. Its connections, proxies and interceptors are yours to configure and close; the transport only closes
 * connections with an unread answer. Redirects are followed only if an interceptor does so.
 *
 * @throws TypeError for a dispatcher without a function `request`
 * @example
 * import { Agent } from 'undici';
 *
 * const sink = httpSink({ url: 'https://example.org/events', transport: undiciTransport(new Agent({ connections: 1 })) });
 * expect(sink.name).to.equal('http');
 */
export function undiciTransport(dispatcher: UndiciDispatcher): HttpTransport {
  checkArgument('dispatcher', dispatcher, { expected: 'a dispatcher with a function `request`', accepts: isDispatcher });
  let closing = new AbortController();
  const transport: HttpTransport = async ({ url, method, headers, body, signal }) => {
    const { origin, pathname, search } = new URL(url);
    const answer = await dispatcher.request({ origin, path: pathname + search, method, headers: { ...headers }, body, signal });
    let isRead = false;
    return {
      status: answer.statusCode,
      header: (name) => {
        const value = answer.headers[name.toLowerCase()];
        return Array.isArray(value) ? value.join(', ') : value;
      },
      text: () => {
        isRead = true;
        return readText(answer.body);
      },
      discard: () => {
        if (!isRead) answer.body.dump({ limit: MAX_DISCARDED_BYTES, signal: closing.signal }).catch(() => undefined);
      },
    };
  };
  return Object.assign(transport, {
    close: () => {
      closing.abort();
      closing = new AbortController();
    },
  });
}

async function readText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new RangeError(`Expected an answer of at most ${String(MAX_ANSWER_BYTES)} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function isDispatcher(value: unknown): boolean {
  return aFunction.accepts((value as Partial<UndiciDispatcher> | null | undefined)?.request);
}
