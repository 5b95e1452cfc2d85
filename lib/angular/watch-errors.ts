import type { ErrorHandler } from '@angular/core';

type Watcher = (error: unknown) => void;

/** The handlers that are wrapped. Several injectors may share a handler, such as those of a server's requests; it is wrapped once. */
const WATCHED = /* @__PURE__ */ new WeakMap<ErrorHandler, Wrapper>();

interface Wrapper {
  readonly watchers: Set<Watcher>;
  /** Also wraps a handler again whose own method other code has restored. */
  readonly wrap: () => void;
  /** Returns whether the handler's own method is restored. */
  readonly unwrap: () => boolean;
}

/**
 * Calls `watcher` with each error before its handler does, until the returned function is called. Does nothing for a frozen handler.
 */
export function watchErrors(handler: ErrorHandler, watcher: Watcher): () => void {
  const wrapper = WATCHED.get(handler) ?? wrapperOf(handler);
  WATCHED.set(handler, wrapper);
  const { watchers, wrap, unwrap } = wrapper;
  wrap();
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
    if (watchers.size === 0 && unwrap()) WATCHED.delete(handler);
  };
}

function wrapperOf(handler: ErrorHandler): Wrapper {
  const watchers = new Set<Watcher>();
  const before = Object.getOwnPropertyDescriptor(handler, 'handleError');
  const original: unknown = Reflect.get(handler, 'handleError');
  const handle: Watcher = handler.handleError.bind(handler);
  const watchAndHandle: Watcher = (error) => {
    callEach([...watchers, handle], error);
  };
  const wrap = (): void => {
    if (handler.handleError === original) Reflect.set(handler, 'handleError', watchAndHandle);
  };
  // If other code has wrapped `watchAndHandle` since, it stays, without watchers, and the next watcher uses it.
  const unwrap = (): boolean => {
    if (handler.handleError !== watchAndHandle) return false;
    return before === undefined ? Reflect.deleteProperty(handler, 'handleError') : Reflect.defineProperty(handler, 'handleError', before);
  };
  return { watchers, wrap, unwrap };
}

/** Calls each, even if one before it throws. */
function callEach([first, ...others]: readonly Watcher[], error: unknown): void {
  try {
    first?.(error);
  } finally {
    if (others.length > 0) callEach(others, error);
  }
}
