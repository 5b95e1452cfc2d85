/**
 * The JSON of any value, with one form for each kind of value that JSON lacks:
 *
 * | value | JSON |
 * |---|---|
 * | an object with `toJSON` | what it returns |
 * | Error | `{ name, message, stack, cause?, errors? }` and its own fields |
 * | Map | an object if all keys are strings, else `[key, value]` pairs |
 * | Set | an array |
 * | BigInt | a decimal string |
 * | ArrayBuffer, DataView, typed arrays, Buffer | base64 |
 * | RegExp, URL, URLSearchParams | a string |
 * | a reference to an enclosing object | `'[Circular]'` |
 * | a lone surrogate in a string or key | U+FFFD |
 *
 * Everything else is as in `JSON.stringify`. Plain data is passed to it after a scan, which adds a tenth of its time for most data and up to a fifth
 * for small, deeply nested objects. The search for lone surrogates adds between 1 % and 13 %, depending on the number of escaped characters.
 *
 * @throws TypeError for a value without a JSON form (`undefined`, a function, a symbol); RangeError for one that is nested too deeply for
 * `JSON.stringify` or has too many entries; and what a getter, a `toJSON` or a Proxy throws
 */
export const toJson = (value: unknown): string => scannedJson(value, sizeOf(value));

/** `toJson` of a value whose `sizeOf` is known. */
export function scannedJson(value: unknown, size: number): string {
  const json = size < 0 ? undefined : stringify(value);
  if (json !== undefined && !hasLoneSurrogate(json)) return json;
  const converted = stringify(jsonCopy(value));
  if (converted === undefined) throw new TypeError('Expected a value that has a JSON form');
  return converted;
}

const stringify = JSON.stringify as (value: unknown) => string | undefined;

/** Only lone surrogates are escaped as `\ud…`. A text that contains a backslash followed by `ud` is a false positive, which is harmless. */
export const hasLoneSurrogate = (json: string): boolean => json.includes('\\ud');

/**
 * The size of a plain value: the number of properties and elements at all levels; long texts count by their length. Negative for a value that is not
 * plain, is too large, or is nested so deeply that it may contain itself.
 */
export function sizeOf(value: unknown): number {
  if (typeof value === 'bigint' || typeof value === 'function') return -1;
  if (typeof value !== 'object' || value === null) return 0;
  const left = leftAfter(value, MAX_PLAIN_SIZE, 0);
  return left < 0 ? -1 : MAX_PLAIN_SIZE - left;
}

/** Limits the scan, for instance of a sparse array. An object that is referenced several times is counted each time. */
export const MAX_PLAIN_SIZE = 1_000_000;
const MAX_PLAIN_DEPTH = 1_000;
/** 2^6 characters of a text count as one entry. */
const TEXT_SHIFT = 6;
const LONG_TEXT = 1 << TEXT_SHIFT;
/** Limits the copy, which takes more time per entry than the scan. */
const MAX_COPIED_ENTRIES = 250_000;

/**
 * `budget` less the size of `value`; negative if it is exceeded or the value isn't plain. Runs for every event: hence the plain loops, which test
 * for the most frequent types first, and don't shift the length of a short text (together a fifth of the scan).
 */
function leftAfter(value: object, budget: number, depth: number): number {
  if (depth > MAX_PLAIN_DEPTH) return -1;
  if (Array.isArray(value)) {
    const { length } = value;
    budget -= length;
    for (let index = 0; index < length && budget >= 0; index += 1) {
      const part: unknown = value[index];
      if (typeof part === 'number') continue;
      if (typeof part === 'string') {
        if (part.length >= LONG_TEXT) budget -= part.length >> TEXT_SHIFT;
      } else if (typeof part === 'object') {
        if (part !== null) budget = leftAfter(part, budget, depth + 1);
      } else if (typeof part === 'bigint' || typeof part === 'function') return -1;
    }
    return budget;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  // In V8, a single `for…in` over an object without a prototype would permanently double the time of the loop below for all objects.
  if (prototype === null) return leftAfter(Object.values(value), budget, depth);
  if (prototype !== Object.prototype) return isDate(value) ? budget : -1;
  for (const key in value) {
    const part: unknown = value[key as keyof typeof value];
    budget -= 1;
    if (typeof part === 'number') continue;
    if (typeof part === 'string') {
      if (part.length >= LONG_TEXT) budget -= part.length >> TEXT_SHIFT;
    } else if (typeof part === 'object') {
      if (part !== null) budget = leftAfter(part, budget, depth + 1);
      if (budget < 0) return -1;
    } else if (typeof part === 'bigint' || typeof part === 'function') return -1;
  }
  return budget;
}

function hasPlainPrototype(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const isDate = (value: object): value is Date => value instanceof Date && value.toJSON === Date.prototype.toJSON;

/**
 * A copy for which `JSON.stringify` returns the JSON of `toJson`, which lists how values that JSON lacks are represented.
 *
 * Each property is read once. Symbols and functions are `undefined`.
 *
 * @param bytesOf converts base64 text, for formats that have a type for bytes
 * @throws RangeError for too many entries, or too many levels; and what a getter, a `toJSON` or a Proxy throws
 */
export function jsonCopy(root: unknown, bytesOf: (base64: string) => unknown = (text) => text): unknown {
  const open = new Set<unknown>();
  let entries = 0;
  const spend = (count: number): void => {
    entries += count;
    if (entries > MAX_COPIED_ENTRIES) throw new RangeError(`Expected at most ${String(MAX_COPIED_ENTRIES)} entries`);
  };

  const leafOf = (value: unknown): unknown => (isBytes(value) ? bytesOf(base64(value)) : scalarOf(value));

  const copyOf = (value: unknown, key: unknown): unknown => {
    if (!isObjectLike(value) || isBytes(value)) return leafOf(value);
    if (open.has(value)) return CIRCULAR;
    const { toJSON } = value as { readonly toJSON?: unknown };
    const visible = typeof toJSON === 'function' ? (toJSON.call(value, String(key)) as unknown) : value;
    if (typeof visible !== 'object' || visible === null || isBytes(visible)) return leafOf(visible);
    if (visible !== value && open.has(visible)) return CIRCULAR;
    open.add(value).add(visible);
    const copy = partsOf(visible);
    open.delete(value);
    open.delete(visible);
    return copy;
  };

  const objectOf = (pairs: Iterable<readonly [key: string, value: unknown]>): object => {
    // Without a prototype, `__proto__` is a key like any other.
    const copy = Object.create(null) as Record<string, unknown>;
    for (const [key, value] of pairs) copy[wellFormed(key)] = copyOf(value, key);
    return copy;
  };

  const partsOf = (value: object): unknown => {
    if (Array.isArray(value)) {
      spend(value.length);
      return Array.from({ length: value.length }, (_, index) => copyOf(value[index], index));
    }
    const tag = tagOf(value);
    if (value instanceof Error || tag === 'Error') return objectOf(propertiesOf(value, ERROR_FIELDS));
    if (TEXTS.has(tag)) return wellFormed((value as RegExp).toString());
    if (tag === 'Map' || tag === 'Set') {
      const items: unknown[] = [];
      for (const item of value as Iterable<unknown>) {
        spend(1);
        items.push(item);
      }
      return tag === 'Map' && items.every(hasStringKey) ? objectOf(items) : items.map(copyOf);
    }
    return BOXES.has(tag) ? scalarOf(value.valueOf()) : objectOf(propertiesOf(value, []));
  };

  function* propertiesOf(value: object, hidden: readonly string[]): Iterable<readonly [key: string, value: unknown]> {
    const keys = new Set([...hidden, ...Object.keys(value)]);
    spend(keys.size);
    for (const key of keys) yield [key, value[key as keyof typeof value]];
  }

  return copyOf(root, '');
}

const CIRCULAR = '[Circular]';
/** Properties of an error that are not enumerable, and in some engines inherited. */
const ERROR_FIELDS = ['name', 'message', 'stack', 'cause', 'errors'];
const TEXTS: ReadonlySet<string> = /* @__PURE__ */ new Set(['RegExp', 'URL', 'URLSearchParams']);
const BOXES: ReadonlySet<string> = /* @__PURE__ */ new Set(['Number', 'String', 'Boolean', 'BigInt']);

/** The class of a built-in object. Unlike `instanceof`, it also works for objects of another realm, such as a frame or a Jest environment. */
const tagOf = (value: object): string =>
  hasPlainPrototype(value) ? 'Object' : Object.prototype.toString.call(value).slice('[object '.length, -1);

const isObjectLike = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function' || typeof value === 'bigint';

const hasStringKey = (entry: unknown): entry is [string, unknown] => Array.isArray(entry) && typeof entry[0] === 'string';

function scalarOf(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return wellFormed(value);
    case 'bigint':
      return String(value);
    case 'object':
      return null;
    case 'number':
    case 'boolean':
      return value;
    default:
      return undefined;
  }
}

const wellFormed = (text: string): string => (text as string & { toWellFormed(): string }).toWellFormed();

const isBytes = (value: unknown): value is ArrayBufferView | ArrayBufferLike =>
  ArrayBuffer.isView(value) || (typeof value === 'object' && value !== null && /^(Shared)?ArrayBuffer$/.test(tagOf(value)));

export function base64(value: ArrayBufferView | ArrayBufferLike): string {
  const bytes = ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : new Uint8Array(value);
  let binary = '';
  // Every engine accepts about 10,000 arguments in a call.
  for (let start = 0; start < bytes.length; start += 8_192) binary += String.fromCharCode(...bytes.subarray(start, start + 8_192));
  return btoa(binary);
}
