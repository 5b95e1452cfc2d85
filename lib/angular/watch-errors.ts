import type { ErrorHandler } from '@angular/core';

type Watcher = (error: unknown) => void;

/** The handlers that are wrapped. Several injectors may share a handler, such as those of a server's requests; it is wrapped once. */
const WATCHED = /* @__PURE__ */ new WeakMap<ErrorHandler, { readonly watchers: Set<Watcher>; readonly unwrap: () => boolean }>();

/**
 * Calls `watcher` with each error before its handler does, until the returned function is called. Does nothing for a frozen handler.
 */
export function watchErrors(handler: ErrorHandler, watcher: Watcher): () => void {
  const watched = WATCHED.get(handler) ?? wrap(handler);
  WATCHED.set(handler, watched);
  const { watchers, unwrap } = watched;
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0 && unwrap()) WATCHED.delete(handler);
  };
}

function wrap(handler: ErrorHandler): { watchers: Set<Watcher>; unwrap: () => boolean } {
  const watchers = new Set<Watcher>();
  const before = Object.getOwnPropertyDescriptor(handler, 'handleError');
  const handle = handler.handleError.bind(handler);
  const watchAndHandle = (error: unknown): void => {
    try {
      for (const watch of [...watchers]) watch(error);
    } finally {
      handle(error);
    }
  };
  Reflect.set(handler, 'handleError', watchAndHandle);
  // If other code has wrapped `watchAndHandle` since, it stays, without watchers, and the next watcher uses it.
  const unwrap = (): boolean => {
    if (handler.handleError !== watchAndHandle) return false;
    return before === undefined ? Reflect.deleteProperty(handler, 'handleError') : Reflect.defineProperty(handler, 'handleError', before);
  };
  return { watchers, unwrap };
}
