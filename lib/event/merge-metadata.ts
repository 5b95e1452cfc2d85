import type { EventMetadata } from './event.js';

/**
 * Merges `patch` into a copy of `base`; returns `base` itself if `patch` has no values.
 *
 * `undefined` removes nothing, so that required keys stay set. A key `__proto__`, which JSON may contain, is left out: code that copies
 * metadata by assignment would change a prototype.
 */
export function mergeMetadata(base: EventMetadata, patch: unknown): EventMetadata {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return base;
  let merged: Record<string, unknown> | undefined;
  for (const key of Object.keys(patch)) {
    const value = (patch as Readonly<Record<string, unknown>>)[key];
    if (value === undefined || key === '__proto__') continue;
    merged ??= { ...base };
    merged[key] = value;
  }
  return merged ?? base;
}
