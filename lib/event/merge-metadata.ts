import type { EventMetadata } from './event.js';

/**
 * `base`, overlaid with what `patch` holds; `base` itself when that is nothing.
 *
 * `undefined` takes nothing away, so that what is always set stays set. A key `__proto__`, which JSON can bring, is left out: whoever
 * copies metadata by assignment would change a prototype with it.
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
