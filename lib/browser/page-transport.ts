import { fetchTransport } from '../http/fetch-transport.js';
import type { HttpRequest, HttpResponse, HttpTransport } from '../http/transport.js';
import { checkKeys } from '../internal/check-keys.js';
import { stateOf, thisPage } from './page.js';

/** What of a `window` requests are sent by. */
export interface SendingPage {
  readonly document: { readonly visibilityState: string };
  readonly navigator: { sendBeacon?(url: string, body: Blob): boolean };
  readonly fetch: typeof fetch;
  readonly Request: { readonly prototype: object };
}

export interface PageTransportOptions {
  /** The page. @default the global `window` */
  readonly window?: SendingPage | undefined;
}

/** Bytes of bodies that a browser has in flight at most on behalf of pages that may be gone. Source: Fetch Standard, "HTTP-network-or-cache fetch". */
const KEEPALIVE_BYTES = 65_536;

/**
 * Sends by `fetch` in such a way that requests outlive their page, as far as browsers let them.
 *
 * | the page | the body | it goes |
 * |---|---|---|
 * | is visible | fits into what is left of 32 KiB | by `fetch` with `keepalive`: should the page go meanwhile, it still arrives |
 * | | doesn't | by plain `fetch`, which ends with the page |
 * | is hidden, or being left | fits into what is left of 64 KiB | by `fetch` with `keepalive` |
 * | | doesn't | by plain `fetch`, and a copy by `sendBeacon`, should the browser take it |
 *
 * The 64 KiB are the browser's bound for all such requests of a page together, and all transports of a page count as one; the half that a visible page
 * leaves alone is there for when it goes. Keep bodies small enough: `httpSink({ url, transport: pageTransport(), maxBodyBytes: 60_000 })`.
 *
 * Nobody learns whether a beacon arrived. So it is a copy and no more: only the answer to the `fetch` settles the batch, and until then it is pending in
 * the ledger. What arrives twice has the same ids. A beacon has no headers but the type of its body, so that there is none for a request with headers
 * of your own or with a zipped body; and it brings cookies along, which a server of another origin has to allow.
 *
 * Redirects are not followed. On a server or in a worker, where there is no page, it is `fetchTransport()`.
 *
 * @throws TypeError for what are no options, or an option that there is not
 * @example
 * const sink = httpSink({ url: 'https://example.org/events', transport: pageTransport(), maxBodyBytes: 60_000 });
 * const collector = new EventCollector({ sinks: [sink], lane: { concurrency: 4 } });
 * withPageLifecycle(collector);
 */
export function pageTransport(options: PageTransportOptions = {}): HttpTransport {
  checkKeys(options, { window: true });
  const { window: page = thisPage() } = options;
  if (page === undefined) return fetchTransport();
  const state = stateOf(page);
  const byFetch = fetchTransport({ fetch: (...args) => page.fetch(...args) });
  const byKeepalive = fetchTransport({ fetch: (...args) => page.fetch(...args), init: { redirect: 'manual', keepalive: true } });
  const canKeepAlive = 'keepalive' in page.Request.prototype;

  return async (request) => {
    const body = typeof request.body === 'string' ? new TextEncoder().encode(request.body) : request.body;
    const bytes = body.byteLength;
    const isGoing = state.isLeaving || page.document.visibilityState === 'hidden';
    if (canKeepAlive && state.keepaliveBytes + bytes <= (isGoing ? KEEPALIVE_BYTES : KEEPALIVE_BYTES / 2)) {
      state.keepaliveBytes += bytes;
      return untilRead(byKeepalive({ ...request, body }), () => {
        state.keepaliveBytes -= bytes;
      });
    }
    if (isGoing && isPlain(request)) {
      try {
        page.navigator.sendBeacon?.(
          request.url,
          new Blob([body as Uint8Array<ArrayBuffer>], { type: request.headers['content-type'] ?? '' }),
        );
      } catch {
        // Some browsers refuse one by throwing, for the type of its body say. It is a copy and no more.
      }
    }
    return byFetch({ ...request, body });
  };
}

/** Whether it loses nothing by a beacon: the key only says what the ids of its events say, too. */
function isPlain({ headers }: HttpRequest): boolean {
  return Object.keys(headers).every((name) => name === 'content-type' || name === 'idempotency-key');
}

/** Calls back when there is no answer, or when it has been read to its end: as long, a browser counts the request. */
async function untilRead(answer: Promise<HttpResponse>, done: () => void): Promise<HttpResponse> {
  let response: HttpResponse;
  try {
    response = await answer;
  } catch (error) {
    done();
    throw error;
  }
  let isRead = false;
  const text = async (): Promise<string> => {
    // It can be read once only, and so it counts once.
    const isFirst = !isRead;
    isRead = true;
    try {
      return await response.text();
    } finally {
      if (isFirst) done();
    }
  };
  return {
    status: response.status,
    header: (name) => response.header(name),
    text,
    discard: () => {
      if (!isRead) text().catch(() => undefined);
    },
  };
}
