import { base64 } from './json-value.js';

/** Returns the replacement of a string; the same string to leave it as it is. */
export type Replace = (text: string, path: string) => string;

export interface MapStringsOptions {
  /** Called with numbers and BigInts in decimal. A result other than that text replaces the number. @default numbers are kept */
  readonly replaceNumber?: Replace | undefined;
  /** For pairs such as `{ name, value }`: if it returns true for the pair's name, that name replaces the key `value` in the path. @default none */
  readonly isPairName?: ((name: string) => boolean) | undefined;
}

/**
 * Copies some properties of an object deeply, and replaces the strings in them.
 *
 * The copy shares no mutable object with the original, so that later changes can't undo a replacement:
 *
 * | in the original | in the copy |
 * |---|---|
 * | object, class instance | plain object of its own enumerable string keys; keys are replaced, too |
 * | an object with `toJSON` | a copy of what that returns |
 * | array, Map, Set | the same kind; holes become `undefined` |
 * | Error, DOMException | an Error with `name`, `message`, `stack`, `cause`, `errors` and its own properties |
 * | Date | the same time |
 * | typed array, Buffer, DataView, ArrayBuffer, SharedArrayBuffer | the same kind, with the same content; a text if their base64, which encoders write, is replaced |
 * | RegExp, URLSearchParams | its text |
 * | a boxed string, number, boolean or BigInt | the primitive value |
 * | a reference to an object that contains it | `'[Circular]'` |
 * | other primitives, functions | themselves |
 *
 * Properties are read once. A path is dotted and starts with the property: `data.user.email`. For a key, the path is that of its object with a star:
 * `data.user.*`. The walk doesn't recurse, so only memory limits the depth. It takes linear time.
 *
 * @throws RangeError for more than 500,000 objects and entries, before they are copied; and the errors of `replace`, a getter or a `toJSON`
 */
export function mapStrings<T extends object>(
  root: T,
  properties: readonly (keyof T & string)[],
  replace: Replace,
  options: MapStringsOptions = {},
): T {
  // An absent property stays absent.
  const names = properties.filter((name) => name in root);
  const values = new Walk(replace, options).copies(
    names,
    names.map((name) => root[name]),
  );
  const copy = { ...root };
  names.forEach((name, index) => (copy[name] = values[index] as T[typeof name]));
  return copy;
}

/** Far above the size of any event. Limits sparse arrays, shared objects that are copied repeatedly, and endless getters. */
const MAX_ENTRIES = 500_000;

/** A longer path is truncated to its end, which contains the nearest names: with full paths, deep nesting would take quadratic time. */
const MAX_PATH = 500;

/** Up to this number, ancestors are searched one by one, which is cheaper than a Set. */
const MAX_SEARCHED = 16;

/** Keys of a pair's name. */
const NAME_KEY =
  /^(?:name|n|key|k|id|label|title|placeholder|autocomplete|type|(?:field|header|param|parameter|prop|property|attr|attribute|var|variable|input|path)(?:_?name)?)$/i;
/** A form field's `type` is used as a name only if it is `password`. */
const PASSWORD = /password/i;
/** Keys of a pair's value. */
const VALUE_KEY =
  /^(?:v|val|text|content|contents|data|input|(?:(?:old|new|from|to|before|after|prev|previous|current|default|initial|raw)(?:[_-]?values?)?|values?))$/i;

/** A longer string is not used as a name. */
const MAX_NAME = 100;
/** Node stores the raw headers of a request as a list of alternating names and values. */
const HEADERS = /headers$/i;

type Kind = 'object' | 'array' | 'map' | 'set' | 'error';

/** A container whose parts are being copied. */
class Frame {
  readonly depth: number;
  /** The keys, then the values; replaced one by one. */
  readonly parts: unknown[];
  index: number;
  /** The pair's name, if the object is a pair of name and value. */
  pairName: string | undefined;

  /**
   * @param original the value in the parent: `source`, or the object whose `toJSON` returned it
   * @param keys property names, or the keys of a Map; none for arrays and Sets
   * @param hidden this many keys at the start are not enumerable, and keep their names
   */
  constructor(
    readonly parent: Frame | undefined,
    readonly original: unknown,
    readonly kind: Kind,
    readonly source: object,
    readonly path: string,
    readonly keys: readonly unknown[],
    readonly hidden = 0,
  ) {
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    this.parts = [...keys];
    this.index = hidden;
  }
}

/** One run of `mapStrings`. */
class Walk {
  readonly #replace: Replace;
  readonly #replaceNumber: Replace | undefined;
  readonly #isPairName: ((name: string) => boolean) | undefined;
  /** The originals of all open frames, once there are many. */
  #open: Set<unknown> | undefined;
  #entries = 0;

  constructor(replace: Replace, { replaceNumber, isPairName }: MapStringsOptions) {
    this.#replace = replace;
    this.#replaceNumber = replaceNumber;
    this.#isPairName = isPairName;
  }

  /** Deep copies of the values of some properties. */
  copies(names: readonly string[], values: readonly unknown[]): readonly unknown[] {
    let frame = new Frame(undefined, undefined, 'object', values, '', names, names.length);
    frame.parts.push(...values);
    for (;;) {
      const { parent, parts, index } = frame;
      if (index === parts.length) {
        if (parent === undefined) return parts.slice(names.length);
        this.#open?.delete(frame.original);
        const copy = rebuilt(frame);
        frame = parent;
        frame.parts[frame.index++] = copy;
        continue;
      }
      const part = parts[index];
      if (this.#isAtom(part)) {
        frame.index += 1;
        continue;
      }
      const segment = this.#segmentOf(frame);
      const path = parent === undefined ? segment : ending(`${frame.path}.${segment}`);
      const copy = this.#copyOrOpen(frame, part, segment, path);
      if (copy instanceof Frame) frame = copy;
      else frame.parts[frame.index++] = copy;
    }
  }

  /** Whether a value needs neither a copy nor a path. */
  #isAtom(part: unknown): boolean {
    switch (typeof part) {
      case 'string':
      case 'function':
        return false;
      case 'number':
      case 'bigint':
        return this.#replaceNumber === undefined;
      default:
        return typeof part !== 'object' || part === null;
    }
  }

  /** The last segment of the path of the next part. */
  #segmentOf(frame: Frame): string {
    const { keys, index } = frame;
    if (index < keys.length) return '*';
    const place = index - keys.length;
    const key = keys[place];
    const segment = typeof key === 'string' ? key : String(place);
    return this.#isPairName === undefined || frame.parent === undefined ? segment : (this.#pairNameAt(frame, place, segment) ?? segment);
  }

  /** The name of the pair whose value is at this index. */
  #pairNameAt(frame: Frame, place: number, segment: string): string | undefined {
    const { kind, parts, path, pairName } = frame;
    if (kind === 'object') return pairName !== undefined && VALUE_KEY.test(segment) ? pairName : undefined;
    if (kind !== 'array' || place === 0) return undefined;
    const name = parts[place - 1];
    if (typeof name !== 'string') return undefined;
    const part = parts[place];
    const isFlag = name.startsWith('-') && !(typeof part === 'string' && part.startsWith('-'));
    return (parts.length === 2 || isFlag || (place % 2 === 1 && HEADERS.test(path))) && this.#isName(name) ? name : undefined;
  }

  #isName(name: unknown): name is string {
    return typeof name === 'string' && name.length <= MAX_NAME && this.#isPairName?.(name) === true;
  }

  /** Returns the copy of a value without parts; otherwise pushes a frame that copies its parts. */
  #copyOrOpen(parent: Frame, value: unknown, segment: string, path: string): unknown {
    if (typeof value === 'string') return this.#replace(value, path);
    if (typeof value === 'number' || typeof value === 'bigint') return this.#number(value, path);
    if (ArrayBuffer.isView(value)) return this.#text(base64(value), path) ?? copyOfView(value);
    const owner = value as object;
    const source = visibleForm(owner, segment);
    switch (typeof source) {
      case 'string':
        return this.#replace(source, path);
      case 'number':
      case 'bigint':
        return this.#number(source, path);
      case 'object':
        break;
      default:
        // JSON leaves out a function returned by `toJSON`.
        return typeof source === 'function' && source !== value ? undefined : source;
    }
    if (source === null) return null;
    if (source instanceof Date) return new Date(source.getTime());
    if (isBuffer(source)) return this.#text(base64(source), path) ?? source.slice(0);
    if (ArrayBuffer.isView(source)) return this.#text(base64(source), path) ?? copyOfView(source);
    if (this.#isOpen(owner, parent)) return '[Circular]';
    const frame = this.#frameOf(parent, owner, source, path);
    if (this.#open === undefined && frame.depth > MAX_SEARCHED) this.#open = originalsUpTo(parent);
    this.#open?.add(owner);
    return frame;
  }

  /** The replacement of a text; `undefined` if it stays as it is. */
  #text(text: string, path: string): string | undefined {
    const replaced = this.#replace(text, path);
    return replaced === text ? undefined : replaced;
  }

  #number(value: number | bigint, path: string): unknown {
    if (this.#replaceNumber === undefined) return value;
    const text = String(value);
    const replaced = this.#replaceNumber(text, path);
    return replaced === text ? value : replaced;
  }

  #isOpen(value: object, parent: Frame): boolean {
    if (this.#open !== undefined) return this.#open.has(value);
    for (let frame: Frame | undefined = parent; frame !== undefined; frame = frame.parent) if (frame.original === value) return true;
    return false;
  }

  #frameOf(parent: Frame, original: object, source: object, path: string): Frame {
    if (Array.isArray(source)) return this.#arrayFrame(parent, original, source, path);
    if (isPlain(source)) return this.#objectFrame(parent, original, source, path);
    const entries = sizeOf(Map, source);
    if (entries !== undefined) {
      this.#count(entries);
      const keys: unknown[] = [];
      const values: unknown[] = [];
      Map.prototype.forEach.call(source as Map<unknown, unknown>, (value, key) => {
        keys.push(key);
        values.push(value);
      });
      return withValues(new Frame(parent, original, 'map', source, path, keys), values);
    }
    const members = sizeOf(Set, source);
    if (members !== undefined) {
      this.#count(members);
      const values: unknown[] = [];
      Set.prototype.forEach.call(source as Set<unknown>, (value) => values.push(value));
      return withValues(new Frame(parent, original, 'set', source, path, []), values);
    }
    return isError(source) ? this.#errorFrame(parent, original, source, path) : this.#objectFrame(parent, original, source, path);
  }

  /** Counted before anything is allocated: a sparse array may have any length. */
  #arrayFrame(parent: Frame, original: object, source: readonly unknown[], path: string): Frame {
    const { length } = source;
    this.#count(length);
    const frame = new Frame(parent, original, 'array', source, path, []);
    for (let index = 0; index < length; index += 1) frame.parts.push(source[index]);
    return frame;
  }

  #objectFrame(parent: Frame, original: object, source: object, path: string): Frame {
    const keys = Object.keys(source);
    this.#count(keys.length);
    const frame = new Frame(parent, original, 'object', source, path, keys);
    for (const key of keys) frame.parts.push(source[key as keyof typeof source]);
    if (this.#isPairName !== undefined && keys.length > 1) frame.pairName = this.#pairNameOf(frame);
    return frame;
  }

  #errorFrame(parent: Frame, original: object, source: Error, path: string): Frame {
    const hidden = [...new Set(['name', 'message', 'stack', ...Object.getOwnPropertyNames(source)])].filter(
      (name) => !Object.prototype.propertyIsEnumerable.call(source, name),
    );
    const keys = [...hidden, ...Object.keys(source)];
    this.#count(keys.length);
    const frame = new Frame(parent, original, 'error', source, path, keys, hidden.length);
    for (const key of keys) frame.parts.push(source[key as keyof typeof source]);
    return frame;
  }

  #pairNameOf({ keys, parts }: Frame): string | undefined {
    if (!keys.some((key) => VALUE_KEY.test(key as string))) return undefined;
    for (const [index, key] of keys.entries()) {
      const isNameKey = NAME_KEY.test(key as string);
      const name = parts[keys.length + index];
      if (isNameKey && this.#isName(name) && (key !== 'type' || PASSWORD.test(name))) return name;
    }
    return undefined;
  }

  #count(entries: number): void {
    this.#entries += entries + 1;
    if (this.#entries > MAX_ENTRIES) throw new RangeError(`Expected at most ${String(MAX_ENTRIES)} objects and entries`);
  }
}

const ending = (path: string): string => (path.length > MAX_PATH ? `…${path.slice(1 - MAX_PATH)}` : path);

function withValues(frame: Frame, values: readonly unknown[]): Frame {
  for (const value of values) frame.parts.push(value);
  return frame;
}

function originalsUpTo(frame: Frame | undefined): Set<unknown> {
  const originals = new Set<unknown>();
  for (let open = frame; open !== undefined; open = open.parent) originals.add(open.original);
  return originals;
}

/** The value that an encoder would use for an object: the result of its `toJSON`, a primitive value, or the object itself. */
function visibleForm(value: object, segment: string): unknown {
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === 'function') {
    return value instanceof Date && toJSON === Date.prototype.toJSON ? value : (toJSON.call(value, segment) as unknown);
  }
  if (typeof value === 'function' || Array.isArray(value) || isPlain(value)) return value;
  const form: unknown = PRIMITIVE_TAG.test(tagOf(value)) ? (value as { toString(): string }).valueOf() : value;
  if (typeof form !== 'object') return form;
  const tag = tagOf(value);
  if (tag === '[object RegExp]') return RegExp.prototype.toString.call(value);
  return tag === '[object URLSearchParams]' ? (value as URLSearchParams).toString() : value;
}

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const tagOf = (value: object): string => Object.prototype.toString.call(value);
const isBuffer = (value: object): value is ArrayBuffer | SharedArrayBuffer =>
  !isPlain(value) && BUFFER_TAG.test(tagOf(value)) && typeof (value as ArrayBuffer).slice === 'function';
const BUFFER_TAG = /^\[object (?:Shared)?ArrayBuffer\]$/;
const PRIMITIVE_TAG = /^\[object (?:String|Number|Boolean|BigInt)\]$/;
const ERROR_TAG = /^\[object (?:Error|DOMException)\]$/;

/** Errors of another realm, such as Node's own under Jest, are instances of another `Error`. */
const isError = (value: object): value is Error => value instanceof Error || ERROR_TAG.test(tagOf(value));

/** The size of a Map or Set of any realm; `undefined` for anything else. */
function sizeOf(type: MapConstructor | SetConstructor, value: object): number | undefined {
  if (!(value instanceof type) && tagOf(value) !== `[object ${type.name}]`) return undefined;
  try {
    return Reflect.get<object, 'size'>(type.prototype, 'size', value) as number;
  } catch {
    return undefined;
  }
}

function copyOfView(view: ArrayBufferView): ArrayBufferView {
  if (view instanceof DataView) return new DataView(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  // Inherited from the prototype of all typed arrays; the `slice` of a Buffer would share its memory.
  return Uint8Array.prototype.slice.call(view);
}

function rebuilt({ kind, source, keys, hidden, parts }: Frame): unknown {
  const values = keys.length === 0 ? parts : parts.slice(keys.length);
  if (kind === 'array') return values;
  if (kind === 'set') return new Set(values);
  const names = namesOf(keys, parts);
  if (kind === 'map') return new Map(names.map((name, index) => [name, values[index]]));
  const copy = kind === 'error' ? emptyError(source as Error) : {};
  names.forEach((name, index) => {
    // Assignment to `__proto__` would set the prototype.
    if (index < hidden || name === '__proto__') {
      Object.defineProperty(copy, name as string, {
        value: values[index],
        enumerable: index >= hidden,
        configurable: true,
        writable: true,
      });
    } else copy[name as keyof typeof copy] = values[index] as never;
  });
  return copy;
}

/** The keys after replacement; keys that became equal get a number appended. */
function namesOf(keys: readonly unknown[], parts: readonly unknown[]): readonly unknown[] {
  for (let index = 0; index < keys.length; index += 1) if (parts[index] !== keys[index]) return numbered(parts.slice(0, keys.length));
  return keys;
}

function numbered(keys: readonly unknown[]): unknown[] {
  const counts = new Map<unknown, number>();
  return keys.map((key) => {
    let candidate = key;
    for (let count = counts.get(key) ?? 1; counts.has(candidate); candidate = `${String(key)}_${String(count)}`)
      counts.set(key, (count += 1));
    counts.set(candidate, 1);
    return candidate;
  });
}

/** The prototype of the nearest built-in type: accessors of other prototypes may need internal slots of the original, such as those of DOMException. */
function emptyError(source: Error): Error {
  const copy = new Error();
  const type = [AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].find(
    (each) => source instanceof each,
  );
  if (type !== undefined) Object.setPrototypeOf(copy, type.prototype);
  return copy;
}
