import { aFunction, checkOption } from '../internal/check-option.js';
import { MAX_ANSWER_BYTES, MAX_DISCARDED_BYTES, type HttpTransport } from './transport.js';

export interface FetchTransportOptions {
  /** @default the global `fetch`, as it is at the time of a request */
  readonly fetch?: typeof fetch | undefined;
  /** What else `fetch` is to be told: `{ redirect: 'follow' }`, `{ credentials: 'include' }`. @default `{ redirect: 'manual' }`: redirects are not followed */
  readonly init?: Omit<RequestInit, 'method' | 'headers' | 'body' | 'signal'> | undefined;
}

/**
 * Sends by `fetch`: the transport for browsers, workers and wherever there is nothing faster.
 *
 * @throws TypeError for a `fetch` that is no function
 * @example
 * const fake: typeof fetch = () => Promise.resolve(new Response('thanks', { status: 202 }));
 * const send = fetchTransport({ fetch: fake });
 * const { signal } = new AbortController();
 * const answer = await send({ url: 'https://example.org/', method: 'POST', headers: {}, body: '{}', signal });
 * expect([answer.status, await answer.text()]).to.deep.equal([202, 'thanks']);
 */
export function fetchTransport(options: FetchTransportOptions = {}): HttpTransport {
  const { fetch: given, init } = options;
  if (given !== undefined) checkOption('fetch', given, aFunction);
  return async ({ url, method, headers, body, signal }) => {
    const send = given ?? globalThis.fetch;
    // Not 'error', which would look like a network that fails, and be tried again.
    const response = await send(url, { redirect: 'manual', ...init, method, headers, body: body as BodyInit, signal });
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      text: async () => {
        let text = '';
        const decoder = new TextDecoder();
        const isWhole = await read(response, MAX_ANSWER_BYTES, (bytes) => {
          text += decoder.decode(bytes, { stream: true });
        });
        if (!isWhole) throw new RangeError(`Expected an answer of at most ${String(MAX_ANSWER_BYTES)} bytes`);
        return text + decoder.decode();
      },
      discard: () => {
        if (!response.bodyUsed) read(response, MAX_DISCARDED_BYTES, ignore).catch(ignore);
      },
    };
  };
}

/** Hands on the body's bytes, and says whether that was all; beyond `maxBytes` the rest is cancelled. */
async function read({ body }: Response, maxBytes: number, use: (bytes: Uint8Array) => void): Promise<boolean> {
  // Safari can't iterate over a stream.
  const reader = body?.getReader();
  for (let total = 0; ;) {
    const chunk = await reader?.read();
    if (chunk?.value === undefined) return true;
    total += chunk.value.byteLength;
    if (total > maxBytes) {
      // It never resolves where the other end is silent.
      reader?.cancel().catch(ignore);
      return false;
    }
    use(chunk.value);
  }
}

const ignore = (): void => undefined;
