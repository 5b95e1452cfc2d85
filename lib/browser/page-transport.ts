import { fetchTransport } from '../http/fetch-transport.js';
import type { HttpTransport } from '../http/transport.js';
import { anObject } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { pageFetch, type SendingPage } from './page-fetch.js';
import { thisPage } from './page.js';

export interface PageTransportOptions {
  /** The page. @default the global `window` */
  readonly window?: SendingPage | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<PageTransportOptions, 'window'>(() => ({ window: [anObject] }));

/**
 * Sends by `fetch` in such a way that requests outlive their page, as far as browsers allow.
 *
 * | the page | the body | is sent |
 * |---|---|---|
 * | is visible | fits into what is left of 32 KiB | by `fetch` with `keepalive`: it still arrives if the page is left meanwhile |
 * | | doesn't | by plain `fetch`, which ends with the page |
 * | is hidden, or being left | fits into what is left of 64 KiB | by `fetch` with `keepalive` |
 * | | doesn't | by plain `fetch`, and a copy by `sendBeacon`, if the browser accepts it |
 *
 * The 64 KiB are the browser's limit for all such requests of a page, and all transports of a page share them; a visible page reserves half of them
 * for the time when it is left. If other scripts use them up and the browser refuses a request, it is sent once more by plain `fetch`. While the page
 * is hidden or being left, `httpSink` cuts bodies to what still fits, and sends them without compression and without waiting. Keep bodies small
 * enough: `httpSink({ url, transport: pageTransport(), maxBodyBytes: 60_000 })`.
 *
 * Whether a beacon arrived is unknown, so it is only a copy: the answer to the `fetch` settles the batch, and until then it is pending in the ledger.
 * Events that arrive twice have the same ids. A beacon has no header except `content-type`, so none is sent for a request with your own headers or
 * with a compressed body. It includes cookies, which a server of another origin has to allow.
 *
 * Redirects are not followed. On a server or in a worker, where there is no page, it is `fetchTransport()`.
 *
 * @throws TypeError for an invalid or unknown option
 * @example
 * const sink = httpSink({ url: 'https://example.org/events', transport: pageTransport(), maxBodyBytes: 60_000 });
 * const collector = new EventCollector({ sinks: [sink], lane: { concurrency: 4 } });
 * withPageLifecycle(collector);
 */
export function pageTransport(options: PageTransportOptions = {}): HttpTransport {
  const { window: page = thisPage() } = OPTIONS.parse(options);
  if (page === undefined) return fetchTransport();
  const keptFetch = pageFetch(page, (url, init) => {
    sendCopy(page, url, init);
  });
  const transport = fetchTransport({ fetch: (url, init) => keptFetch(url as string, init as Parameters<typeof keptFetch>[1]) });
  return Object.assign(transport, keptFetch.page);
}

function sendCopy({ navigator, Blob: PageBlob = Blob }: SendingPage, url: string, { headers, body }: RequestInit): void {
  // A beacon can't carry the idempotency key. Nothing is lost: the events' ids identify them.
  const own = headers as Readonly<Record<string, string>>;
  if (!Object.keys(own).every((name) => name === 'content-type' || name === 'idempotency-key')) return;
  try {
    navigator.sendBeacon?.(url, new PageBlob([body as Uint8Array<ArrayBuffer>], { type: own['content-type'] ?? '' }));
  } catch {
    // Some browsers throw to refuse a beacon, for instance because of its content type.
  }
}
