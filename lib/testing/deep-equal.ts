/**
 * Whether two values look the same to a test: by structure, whatever their classes, with `NaN` equal to itself and cycles followed once.
 *
 * Errors are the same when name, message and own properties are; functions and other opaque values only when identical.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  return same(a, b, new Map());
}

/** `assumed` holds the pairs under comparison: meeting one again means a cycle, which differs only if something else does. */
function same(a: unknown, b: unknown, assumed: Map<object, Set<object>>): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const met = assumed.get(a);
  if (met?.has(b) === true) return true;
  if (met === undefined) assumed.set(a, new Set([b]));
  else met.add(b);
  if (tagOf(a) !== tagOf(b)) return false;
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
  if (a instanceof RegExp && b instanceof RegExp) return String(a) === String(b);
  if (a instanceof Error && b instanceof Error && (a.name !== b.name || a.message !== b.message)) return false;
  if (a instanceof Map && b instanceof Map) return same([...a.entries()], [...b.entries()], assumed);
  if (a instanceof Set && b instanceof Set) return same([...a], [...b], assumed);
  return sameProperties(a, b, assumed);
}

function sameProperties(a: object, b: object, assumed: Map<object, Set<object>>): boolean {
  const keys = Object.keys(a) as (keyof typeof a)[];
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key], assumed));
}

const tagOf = (value: object): string => Object.prototype.toString.call(value);
