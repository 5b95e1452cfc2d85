import type { ErrorHandler } from '@angular/core';

type Watcher = (error: unknown) => void;

/** By handler: one that is shared, as by all requests to a server, is wrapped once, however many come and go. */
const WATCHED = new WeakMap<ErrorHandler, { readonly watchers: Set<Watcher>; readonly unwrap: () => boolean }>();

/**
 * Has somebody told of each error before its handler handles it, until the function that it gives is called.
 *
 * A handler that is frozen stays as it is, and nobody is told.
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
  const tellAndHandle = (error: unknown): void => {
    try {
      for (const tell of [...watchers]) tell(error);
    } finally {
      handle(error);
    }
  };
  Reflect.set(handler, 'handleError', tellAndHandle);
  // Who has wrapped it once more goes on calling this, which then does no more than what it wraps; and is used again.
  const unwrap = (): boolean => {
    if (handler.handleError !== tellAndHandle) return false;
    return before === undefined ? Reflect.deleteProperty(handler, 'handleError') : Reflect.defineProperty(handler, 'handleError', before);
  };
  return { watchers, unwrap };
}
