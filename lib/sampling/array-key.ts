/**
 * Converts an array of primitives to a string; only equal arrays have equal strings. `undefined` if it contains an object or a symbol.
 *
 * A key function returns a new array for each event, so arrays have to be compared by content.
 */
export function arrayKey(parts: readonly unknown[]): string | undefined {
  let key = '[';
  for (const part of parts) {
    if (typeof part === 'symbol' || typeof part === 'function' || (typeof part === 'object' && part !== null)) return undefined;
    const text = String(part);
    key += `${typeof part}:${String(text.length)}:${text},`;
  }
  return key;
}

/** Converts a key for use in a `Map`: arrays of primitives are compared by content. */
export const comparable = (key: unknown): unknown => (Array.isArray(key) ? (arrayKey(key) ?? key) : key);
