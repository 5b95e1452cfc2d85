/** Returns the result of `get`, or `undefined` if it throws: for callbacks and foreign objects whose failure has no effect. */
export function tryGet<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}
