/** What of a `window` the page's life is read from. */
export interface BrowserPage extends EventTarget {
  readonly document: EventTarget & { readonly visibilityState: string };
  readonly navigator: { readonly onLine: boolean };
}

/** The page that we are on; `undefined` on a server and in a worker. */
export function thisPage(): (Window & typeof globalThis) | undefined {
  const { window } = globalThis as { readonly window?: Window & typeof globalThis };
  // Some runtimes call their global object so, and have no page.
  return (window as Partial<Window> | undefined)?.document === undefined ? undefined : window;
}

/** What the parts of this entry know of one page together. */
export interface PageState {
  /** It is being left or frozen: what is to be sent must be handed to the browser now. */
  isLeaving: boolean;
  /** Of the bodies that the browser has promised to send even after the page. */
  keepaliveBytes: number;
}

const STATES = new WeakMap<object, PageState>();

/** One for each page: browsers count keepalive requests over the whole page, so all transports share it. */
export function stateOf(page: object): PageState {
  let state = STATES.get(page);
  if (state === undefined) STATES.set(page, (state = { isLeaving: false, keepaliveBytes: 0 }));
  return state;
}
