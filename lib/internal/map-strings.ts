/** Gives what stands in place of a string: the same one, to leave it. */
export type Replace = (text: string, path: string) => string;

/**
 * Replaces the strings within some properties of an object, and copies only what changes.
 *
 * It looks at values as an encoder or a structured clone would: at what `toJSON` gives, at arrays, maps, sets, errors, and at the own
 * enumerable properties of everything else, names included. What had a `toJSON` comes out as plain data; so does what has changed, unless
 * it is of one of these kinds. Dates and binary data hold no strings; symbols and private fields reach no encoder.
 *
 * A path is dotted, from the property on: `data.user.email`. For the name of a key it ends in a star: `data.user.*`. The walk has its own
 * stack: depth is limited by memory alone, and time is linear.
 *
 * @throws TypeError for a cycle, RangeError for objects that unfold without end, and whatever `replace`, a getter or a `toJSON` throws
 */
export function mapStrings<T extends object>(root: T, properties: readonly (keyof T & string)[], replace: Replace): T {
  const open = new Set<unknown>();
  let opened = 0;
  // The walk begins at the properties' values: their names stay.
  let frame = frameOf(undefined, root, root, '', properties, properties.length);
  for (const name of properties) frame.parts.push(root[name]);
  for (;;) {
    const { parent, parts, keys, index } = frame;
    if (index === parts.length) {
      const result = frame.isChanged ? rebuilt(frame) : frame.source;
      if (parent === undefined) return frame.isChanged ? { ...root, ...result } : root;
      open.delete(frame.original);
      frame = parent;
      put(frame, result);
      continue;
    }
    const part = parts[index];
    if (typeof part !== 'string' && !mayHoldStrings(part)) {
      frame.index += 1;
      continue;
    }
    const place = index - keys.length;
    const key = place < 0 ? '*' : keys[place];
    const segment = typeof key === 'string' ? key : String(place);
    const path = parent === undefined ? segment : ending(`${frame.path}.${segment}`);
    const visible = typeof part === 'string' ? part : visibleForm(part, segment);
    if (typeof visible === 'string') put(frame, replace(visible, path));
    else if (typeof visible === 'function') put(frame, visible === part ? part : undefined);
    else if (!mayHoldStrings(visible)) put(frame, visible);
    else {
      if (open.has(part)) throw new TypeError('Expected values without cycles');
      if ((opened += 1) > MAX_OBJECTS) throw new RangeError(`Expected at most ${String(MAX_OBJECTS)} objects`);
      open.add(part);
      frame = frameWithin(frame, part, visible, path);
    }
  }
}

/** A container whose parts are being looked at. */
interface Frame {
  readonly parent: Frame | undefined;
  /** What stands in the parent: `source`, or what gave it as its `toJSON`. */
  readonly original: unknown;
  readonly source: object;
  readonly path: string;
  /** Names, or, of a map, anything; none where the index leads to a value. */
  readonly keys: readonly unknown[];
  /** So many of the keys come first that nobody sees, and that stay. */
  readonly hidden: number;
  /** Keys and values. Taken once, so that nothing goes out but what was looked at; replaced one by one. */
  readonly parts: unknown[];
  index: number;
  isChanged: boolean;
}

function frameOf(
  parent: Frame | undefined,
  original: unknown,
  source: object,
  path: string,
  keys: readonly unknown[],
  hidden: number,
): Frame {
  // What a `toJSON` gave is never asked for a `toJSON` of its own, unless it gets into the event as it is: hence always a copy.
  return { parent, original, source, path, keys, hidden, parts: [...keys], index: hidden, isChanged: source !== original };
}

/** A frame for what stands in another one. */
function frameWithin(parent: Frame, original: unknown, source: object, path: string): Frame {
  const isList = Array.isArray(source) || source instanceof Set;
  if (isList || source instanceof Map) {
    const frame = frameOf(parent, original, source, path, isList ? [] : [...source.keys()], 0);
    for (const value of source.values() as Iterable<unknown>) frame.parts.push(value);
    return frame;
  }
  const unseen = source instanceof Error ? hiddenNames(source) : [];
  const keys = [...unseen, ...Object.keys(source)];
  const frame = frameOf(parent, original, source, path, keys, unseen.length);
  for (const key of keys) frame.parts.push(source[key as keyof typeof source]);
  return frame;
}

function put(frame: Frame, value: unknown): void {
  if (value !== frame.parts[frame.index]) {
    frame.parts[frame.index] = value;
    frame.isChanged = true;
  }
  frame.index += 1;
}

/** Far beyond any event, and soon reached: bounds what shared references and endless getters unfold to. */
const MAX_OBJECTS = 250_000;

/** Of a long path only the end is given, where the nearest names stand: with whole ones, deep nesting would take quadratic time. */
const MAX_PATH = 500;

const ending = (path: string): string => (path.length > MAX_PATH ? `…${path.slice(1 - MAX_PATH)}` : path);

/** What an encoder would be looking at. */
function visibleForm(value: object, segment: string): unknown {
  if (value instanceof String) return value.valueOf();
  const { toJSON } = value as { readonly toJSON?: unknown };
  return typeof toJSON === 'function' ? (toJSON.call(value, segment) as unknown) : value;
}

/** Objects, and functions for their `toJSON`; dates that come out as such, and binary data, hold no strings. */
const mayHoldStrings = (value: unknown): value is object =>
  (typeof value === 'object' || typeof value === 'function') &&
  value !== null &&
  !((value instanceof Date && value.toJSON === Date.prototype.toJSON) || ArrayBuffer.isView(value));

/** What an error says stands in properties that are not enumerable, and in some engines not its own. */
const hiddenNames = (error: Error): string[] =>
  [...new Set([...Object.getOwnPropertyNames(error), 'message', 'stack'])].filter(
    (name) => !Object.prototype.propertyIsEnumerable.call(error, name),
  );

function rebuilt({ source, keys, hidden, parts }: Frame): object {
  const values = parts.slice(keys.length);
  if (Array.isArray(source)) return values;
  if (source instanceof Set) return new Set(values);
  const given = parts.slice(0, keys.length);
  const names = given.every((name, index) => name === keys[index]) ? given : numbered(given);
  const entries = names.map((name, index) => [name, values[index]] as const);
  if (source instanceof Map) return new Map(entries);
  // These define properties and don't assign them, so that a key named `__proto__` is one like any other.
  if (!(source instanceof Error)) return Object.fromEntries(entries) as object;
  const copy = Object.setPrototypeOf(new Error(), Object.getPrototypeOf(source) as object) as Error;
  entries.forEach(([name, value], index) => {
    Object.defineProperty(copy, name as string, { value, enumerable: index >= hidden, configurable: true, writable: true });
  });
  return copy;
}

/** The same keys, but for a number at the end of those that have come before. */
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
