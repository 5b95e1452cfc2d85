/** What `get` gives; `undefined` when it throws: for callbacks and foreign objects whose failure must not cost anything. */
export function tryGet<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}
