/**
 * Compares two values by structure, ignoring their classes. `NaN` equals itself, and cycles are followed once.
 *
 * Errors are equal if name, message, cause and own properties are. Values without visible state (functions, promises, weak maps,
 * instances with private state only) are equal only if identical.
 */
export function deepEqual(a: unknown, b: unknown): boolean {
  return same(a, b, new Map());
}

/** `assumed` contains the pairs that are being compared. If a pair occurs again, there is a cycle, which is equal unless another part differs. */
function same(a: unknown, b: unknown, assumed: Map<object, Set<object>>): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const met = assumed.get(a);
  if (met?.has(b) === true) return true;
  if (met === undefined) assumed.set(a, new Set([b]));
  else met.add(b);
  if (tagOf(a) !== tagOf(b)) return false;
  const [inA, inB] = [contentOf(a), contentOf(b)];
  if (inA === undefined && inB === undefined && (isOpaque(a) || isOpaque(b))) return false;
  return same(inA, inB, assumed) && sameProperties(a, b, assumed);
}

function sameProperties(a: object, b: object, assumed: Map<object, Set<object>>): boolean {
  const keys = keysOf(a) as (keyof typeof a)[];
  if (keys.length !== keysOf(b).length) return false;
  return keys.every((key) => isEnumerable(b, key) && same(a[key], b[key], assumed));
}

/** Content of built-in objects that is not in enumerable properties. */
function contentOf(value: object): unknown {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Date) return value.getTime();
  if (value instanceof RegExp) return String(value);
  if (value instanceof Map || value instanceof Set) return [...(value as Iterable<unknown>)];
  if (value instanceof Error) return [value.name, value.message, Object.hasOwn(value, 'cause'), value.cause, errorsOf(value)];
  if (BOXES.some((box) => value instanceof box)) return value.valueOf();
  if (ArrayBuffer.isView(value)) return String(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  if (BUFFERS.has(tagOf(value))) return String(new Uint8Array(value as ArrayBufferLike));
  return isToldByText(value) ? String(value) : undefined;
}

const errorsOf = (error: Error): unknown => (error instanceof AggregateError ? error.errors : undefined);

const BOXES = [Number, String, Boolean, BigInt, Symbol];
/** These classes may be missing on a platform, so they are recognised by their tags. */
const BUFFERS: ReadonlySet<string> = /* @__PURE__ */ new Set(['[object ArrayBuffer]', '[object SharedArrayBuffer]']);
const TOLD_BY_TEXT: ReadonlySet<string> = /* @__PURE__ */ new Set(['[object URL]', '[object URLSearchParams]']);

const isToldByText = (value: object): value is URL | URLSearchParams => TOLD_BY_TEXT.has(tagOf(value));

/** An instance of a class without enumerable properties may have any private state; a plain object is empty. */
const isOpaque = (value: object): boolean => keysOf(value).length === 0 && !isPlain(value);

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

const keysOf = (value: object): PropertyKey[] => Reflect.ownKeys(value).filter((key) => isEnumerable(value, key));
const isEnumerable = (value: object, key: PropertyKey): boolean => Object.prototype.propertyIsEnumerable.call(value, key);
const tagOf = (value: object): string => Object.prototype.toString.call(value);
