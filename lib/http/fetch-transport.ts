import { aFunction, anObject } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { MAX_ANSWER_BYTES, MAX_DISCARDED_BYTES, type HttpTransport } from './transport.js';

export interface FetchTransportOptions {
  /** @default the global `fetch` at the time of a request */
  readonly fetch?: typeof fetch | undefined;
  /** Passed to `fetch`: `{ redirect: 'follow' }`, `{ credentials: 'include' }`. @default `{ redirect: 'manual' }`: redirects are not followed */
  readonly init?: Omit<RequestInit, 'method' | 'headers' | 'body' | 'signal'> | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<FetchTransportOptions, 'fetch' | 'init'>(() => ({ fetch: [aFunction], init: [anObject] }));

/**
 * Sends by `fetch`: the transport for browsers, workers and runtimes without a faster client.
 *
 * The `fetch` may be one without web streams (React Native, node-fetch) or a test double: only `status` is needed.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const fake: typeof fetch = () => Promise.resolve(new Response('thanks', { status: 202 }));
 * const send = fetchTransport({ fetch: fake });
 * const { signal } = new AbortController();
 * const answer = await send({ url: 'https://example.org/', method: 'POST', headers: {}, body: '{}', signal });
 * expect([answer.status, await answer.text()]).to.deep.equal([202, 'thanks']);
 */
export function fetchTransport(options: FetchTransportOptions = {}): HttpTransport {
  const { fetch: given, init } = OPTIONS.parse(options);
  /** Readers of discarded answers. */
  const unread = new Set<Reader>();
  const transport: HttpTransport = async ({ url, method, headers, body, signal }) => {
    const send = given ?? globalThis.fetch;
    // Not 'error': a redirect would look like a network failure and be retried.
    const response: AnyResponse = await send(url, { redirect: 'manual', ...init, method, headers, body: body as BodyInit, signal });
    const readerOf = (): Reader | undefined => (isStream(response.body) && !response.body.locked ? response.body.getReader() : undefined);
    return {
      status: response.status ?? (response.ok === true ? 200 : 0),
      header: (name) => response.headers?.get?.(name) ?? undefined,
      text: async () => {
        // Without a web stream, as in React Native, the body was received completely, or its length can't be limited.
        if (response.body !== null && !isStream(response.body)) return (await response.text?.()) ?? '';
        let text = '';
        const decoder = new TextDecoder();
        const isWhole = await read(response.body?.getReader(), MAX_ANSWER_BYTES, (bytes) => {
          text += decoder.decode(bytes, { stream: true });
        });
        if (!isWhole) throw new RangeError(`Expected an answer of at most ${String(MAX_ANSWER_BYTES)} bytes`);
        return text + decoder.decode();
      },
      discard: () => {
        // A Node stream, as in node-fetch, occupies its connection until it is drained.
        if (!isStream(response.body)) response.body?.resume?.();
        const reader = readerOf();
        if (reader === undefined) return;
        unread.add(reader);
        const done = (): void => void unread.delete(reader);
        read(reader, MAX_DISCARDED_BYTES, ignore).then(done, done);
      },
    };
  };
  return Object.assign(transport, {
    close: () => {
      for (const reader of unread) reader.cancel().catch(ignore);
    },
  });
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** A `Response` of any `fetch` implementation: every part except `status` may be missing. */
interface AnyResponse {
  readonly status?: number;
  readonly ok?: boolean;
  readonly headers?: { get?(name: string): string | null };
  readonly body?: ReadableStream<Uint8Array> | { resume?(): unknown } | null;
  text?(): Promise<string>;
}

function isStream(body: AnyResponse['body']): body is ReadableStream<Uint8Array> {
  return typeof (body as Partial<ReadableStream> | null | undefined)?.getReader === 'function';
}

/** Reads the body, and returns whether it was complete; beyond `maxBytes` the rest is cancelled. */
async function read(reader: Reader | undefined, maxBytes: number, use: (bytes: Uint8Array) => void): Promise<boolean> {
  // Safari can't iterate over a stream.
  for (let total = 0; ;) {
    const chunk = await reader?.read();
    if (chunk?.value === undefined) return true;
    total += chunk.value.byteLength;
    if (total > maxBytes) {
      // It never resolves if the server is silent.
      reader?.cancel().catch(ignore);
      return false;
    }
    use(chunk.value);
  }
}

const ignore = (): void => undefined;
