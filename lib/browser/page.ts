import { valueOf } from './dom.js';

/** The part of a `window` that the page lifecycle needs. */
export interface BrowserPage extends EventTarget {
  readonly document: EventTarget & { readonly visibilityState: string };
  readonly navigator: { readonly onLine: boolean };
}

/** The page that this code runs in; `undefined` on a server and in a worker. */
export function thisPage(): (Window & typeof globalThis) | undefined {
  const { window } = globalThis as { readonly window?: Window & typeof globalThis };
  // Some runtimes call their global object `window`, and have no page.
  return (window as Partial<Window> | undefined)?.document === undefined ? undefined : window;
}

export const isHidden = (document: { readonly visibilityState: string }): boolean => valueOf(document, 'visibilityState') === 'hidden';

/** State that the lifecycle and all transports of one page share. */
export interface PageState {
  /** The page is being left or frozen: requests must be handed to the browser now. */
  isLeaving: boolean;
  /** Bytes of the bodies that are being sent by requests that outlive the page. */
  keepaliveBytes: number;
  /** Called when the page is hidden, left or frozen. */
  readonly onLeaving: Set<() => void>;
}

const STATES = /* @__PURE__ */ new WeakMap<object, PageState>();

/** Browsers count keepalive requests per page, so all transports share one state. */
export function stateOf(page: object): PageState {
  let state = STATES.get(page);
  if (state === undefined) STATES.set(page, (state = { isLeaving: false, keepaliveBytes: 0, onLeaving: new Set() }));
  return state;
}
