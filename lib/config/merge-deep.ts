import { isObject, UNREADABLE } from '../internal/check-option.js';

/** No configuration has an object below this level. What is found there, in a cycle for instance, is not looked into. */
const MAX_DEPTH = 4;

/**
 * `base` overlaid with `patch` at every level; `undefined` takes a key out. The patch may be anything: it is copied, each of its getters
 * read once, and never throws.
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
    // Unlike an assignment, this gives a key `__proto__` no power.
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
