import { checkKeys } from '../internal/check-keys.js';
import { aFunction, anObject, checkArgument } from '../internal/check-option.js';
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
 * @throws TypeError for a `fetch` that is no function, or an option that there is not
 * @example
 * const fake: typeof fetch = () => Promise.resolve(new Response('thanks', { status: 202 }));
 * const send = fetchTransport({ fetch: fake });
 * const { signal } = new AbortController();
 * const answer = await send({ url: 'https://example.org/', method: 'POST', headers: {}, body: '{}', signal });
 * expect([answer.status, await answer.text()]).to.deep.equal([202, 'thanks']);
 */
export function fetchTransport(options: FetchTransportOptions = {}): HttpTransport {
  checkKeys(options, { fetch: true, init: true });
  const { fetch: given, init } = options;
  if (given !== undefined) checkArgument('fetch', given, aFunction);
  if (init !== undefined) checkArgument('init', init, anObject);
  /** Of answers that nobody wants. */
  const unread = new Set<Reader>();
  const transport: HttpTransport = async ({ url, method, headers, body, signal }) => {
    const send = given ?? globalThis.fetch;
    // Not 'error', which would look like a network that fails, and be tried again.
    const response = await send(url, { redirect: 'manual', ...init, method, headers, body: body as BodyInit, signal });
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      text: async () => {
        let text = '';
        const decoder = new TextDecoder();
        const isWhole = await read(response.body?.getReader(), MAX_ANSWER_BYTES, (bytes) => {
          text += decoder.decode(bytes, { stream: true });
        });
        if (!isWhole) throw new RangeError(`Expected an answer of at most ${String(MAX_ANSWER_BYTES)} bytes`);
        return text + decoder.decode();
      },
      discard: () => {
        if (response.body === null || response.body.locked) return;
        const reader = response.body.getReader();
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

/** Hands on the body's bytes, and says whether that was all; beyond `maxBytes` the rest is cancelled. */
async function read(reader: Reader | undefined, maxBytes: number, use: (bytes: Uint8Array) => void): Promise<boolean> {
  // Safari can't iterate over a stream.
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
