/**
 * One string for an array of primitives, the same for equal ones and for no others; `undefined` where something else is in it, or a symbol.
 *
 * An array that a key function makes for each event is never the same twice: it has to be compared by what it holds.
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

/** A key as a `Map` can compare it: an array of primitives by what it holds. */
export const comparable = (key: unknown): unknown => (Array.isArray(key) ? (arrayKey(key) ?? key) : key);
