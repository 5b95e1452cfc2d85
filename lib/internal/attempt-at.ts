/** What `get` gives; `undefined` when it throws: for callbacks and foreign objects whose failure must not cost anything. */
export function attemptAt<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}
