import type { LeavingPage } from '../http/transport.js';
import { stateOf } from './page.js';

/** The parts of a `window` that send requests. */
export interface SendingPage {
  readonly document: { readonly visibilityState: string };
  readonly navigator: { sendBeacon?(url: string, body: Blob): boolean };
  /** @default the global `fetch`: jsdom's `window` has none */
  readonly fetch?: typeof fetch | undefined;
  /** A DOM accepts only its own `Blob`. @default the global `Blob` */
  readonly Blob?: typeof Blob | undefined;
  readonly Request?: { readonly prototype: object } | undefined;
}

/** The maximum number of body bytes that a browser keeps in flight for requests with `keepalive`. Source: Fetch Standard, "HTTP-network-or-cache fetch". */
const KEEPALIVE_BYTES = 65_536;

type PageRequest = Omit<RequestInit, 'body'> & { readonly body: string | Uint8Array };

export interface PageFetch {
  (url: string, init: PageRequest): Promise<Response>;
  readonly page: LeavingPage;
}

/**
 * A `fetch` whose requests outlive their page as far as the browser allows: with `keepalive` while they fit into half of its budget, and into all
 * of it once the page is hidden or being left.
 *
 * If the browser refuses a request because other scripts of the page use the budget, too, it is sent once more without `keepalive`.
 *
 * @param onUnkept called with a request that doesn't fit and whose page is hidden or being left: it ends with the page
 */
export function pageFetch(page: SendingPage, onUnkept?: (url: string, init: RequestInit) => void): PageFetch {
  const state = stateOf(page);
  const canKeepAlive = 'keepalive' in (page.Request?.prototype ?? {});
  const bytesLeft = (budget: number): number => (canKeepAlive ? Math.max(0, budget - state.keepaliveBytes) : 0);
  const isGoing = (): boolean => state.isLeaving || page.document.visibilityState === 'hidden';
  const send = (url: string, init: RequestInit): Promise<Response> => (page.fetch ?? fetch)(url, init);

  const keptFetch = async (url: string, init: PageRequest): Promise<Response> => {
    const body = (typeof init.body === 'string' ? new TextEncoder().encode(init.body) : init.body) as Uint8Array<ArrayBuffer>;
    const request = { redirect: 'manual', ...init, body } as const;
    if (body.length <= bytesLeft(isGoing() ? KEEPALIVE_BYTES : KEEPALIVE_BYTES / 2)) {
      state.keepaliveBytes += body.length;
      try {
        return await send(url, { ...request, keepalive: true });
      } catch (error) {
        if (init.signal?.aborted === true) throw error;
      } finally {
        state.keepaliveBytes -= body.length;
      }
    } else if (isGoing()) onUnkept?.(url, request);
    return send(url, request);
  };
  return Object.assign(keptFetch, {
    page: {
      keepaliveBytesLeft: () => (isGoing() ? bytesLeft(KEEPALIVE_BYTES) : undefined),
      onLeaving: (work: () => void) => {
        state.onLeaving.add(work);
        return () => state.onLeaving.delete(work);
      },
    },
  });
}
