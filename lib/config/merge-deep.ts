import { isObject, UNREADABLE } from '../internal/check-option.js';

/** No configuration has an object below this level. Deeper values, such as cycles, are not read. */
const MAX_DEPTH = 4;

/**
 * `base` overlaid with `patch` at every level; `undefined` removes a key. Never throws, even for a hostile patch. The patch is copied, and each
 * getter is read once.
 */
export function mergeDeep(base: unknown, patch: unknown, depth = 0): unknown {
  if (typeof patch !== 'object' || patch === null) return patch;
  try {
    if (Array.isArray(patch) || depth === MAX_DEPTH) return patch;
    const merged = new Map<string, unknown>(isObject(base) ? Object.entries(base) : []);
    for (const key of Object.keys(patch)) {
      const value = read(patch, key);
      if (value === undefined) merged.delete(key);
      else merged.set(key, mergeDeep(merged.get(key), value, depth + 1));
    }
    // Unlike an assignment, this treats `__proto__` as an ordinary key.
    return Object.fromEntries(merged);
  } catch {
    return UNREADABLE;
  }
}

function read(object: object, key: string): unknown {
  try {
    return (object as Readonly<Record<string, unknown>>)[key];
  } catch {
    return UNREADABLE;
  }
}
