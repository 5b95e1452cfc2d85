/** Gives what stands in place of a string: the same one, to leave it. */
export type Replace = (text: string, path: string) => string;

/**
 * Replaces the strings within some properties of an object, and copies only what changes.
 *
 * It looks at values as an encoder or a structured clone would: at what `toJSON` gives, at arrays, maps, sets, errors, and at the own
 * enumerable properties of everything else, names included. What had a `toJSON` comes out as plain data; so does what has changed, unless
 * it is of one of these kinds. Dates and binary data hold no strings; symbols and private fields reach no encoder.
 *
 * A path is dotted, from the property on: `data.user.email`. For the name of a key it ends in a star: `data.user.*`. The recursion has a
 * stack of its own: depth is limited by memory alone, and time is linear.
 *
 * @throws TypeError for a cycle, RangeError for objects that unfold without end, and whatever `replace`, a getter or a `toJSON` throws
 */
export function mapStrings<T extends object>(root: T, properties: readonly (keyof T & string)[], replace: Replace): T {
  const open = new Set<unknown>();
  let opened = 0;

  function* walk(given: unknown, segment: string, path: string): Walk {
    const source = visibleForm(given, segment);
    if (typeof source === 'string') return replace(source, path);
    if (!mayHoldStrings(source) || typeof source === 'function') return source;
    if (open.has(given)) throw new TypeError('Expected values without cycles');
    if ((opened += 1) > MAX_OBJECTS) throw new RangeError(`Expected at most ${String(MAX_OBJECTS)} objects`);
    open.add(given);
    const { hidden, keys, values } = partsOf(source);
    // Taken once, so that nothing goes out but what was looked at.
    const parts = [...keys, ...values];
    let isChanged = false;
    for (let index = hidden; index < parts.length; index += 1) {
      const part = parts[index];
      if (typeof part !== 'string' && !mayHoldStrings(part)) continue;
      const place = index - keys.length;
      const key = place < 0 ? '*' : keys[place];
      const name = typeof key === 'string' ? key : String(place);
      const partPath = ending(`${path}.${name}`);
      parts[index] = typeof part === 'string' ? replace(part, partPath) : yield walk(part, name, partPath);
      isChanged ||= parts[index] !== part;
    }
    open.delete(given);
    return isChanged ? rebuilt(source, hidden, numbered(parts.slice(0, keys.length)), parts.slice(keys.length)) : source;
  }

  let result = root;
  for (const name of properties) {
    const given = root[name];
    const replaced = run(walk(given, name, name));
    if (!Object.is(replaced, given)) result = { ...result, [name]: replaced };
  }
  return result;
}

/** A recursive call is what it yields, and resumed with what that returned. */
type Walk = Generator<Walk, unknown>;

function run(walk: Walk): unknown {
  const stack = [walk];
  let result: unknown;
  for (let top: Walk | undefined = walk; top !== undefined; top = stack.at(-1)) {
    const { done, value } = top.next(result);
    if (done === true) {
      stack.pop();
      result = value;
    } else stack.push(value);
  }
  return result;
}

/** Far beyond any event, and soon reached: bounds what shared references and endless getters unfold to. */
const MAX_OBJECTS = 250_000;

/** Of a long path only the end is given, where the nearest names stand: with whole ones, deep nesting would take quadratic time. */
const MAX_PATH = 1_000;

const ending = (path: string): string => (path.length > MAX_PATH ? `…${path.slice(1 - MAX_PATH)}` : path);

/** What an encoder would be looking at. */
function visibleForm(value: unknown, segment: string): unknown {
  if (!mayHoldStrings(value)) return value;
  if (value instanceof String) return value.valueOf();
  const { toJSON } = value as { readonly toJSON?: unknown };
  return typeof toJSON === 'function' ? (toJSON.call(value, segment) as unknown) : value;
}

/** Objects, and functions for their `toJSON`; dates and binary data, which have one, hold no strings. */
const mayHoldStrings = (value: unknown): value is object =>
  Object(value) === value && !(value instanceof Date || ArrayBuffer.isView(value));

/** A container taken apart. */
interface Parts {
  /** So many of the keys come first that nobody sees, and that stay. */
  readonly hidden: number;
  /** Names, or, of a map, anything; none where the index leads to a value. */
  readonly keys: readonly unknown[];
  readonly values: readonly unknown[];
}

function partsOf(source: object): Parts {
  if (Array.isArray(source) || source instanceof Set) return { hidden: 0, keys: [], values: [...(source as Iterable<unknown>)] };
  if (source instanceof Map) return { hidden: 0, keys: [...source.keys()], values: [...source.values()] };
  const names = Object.keys(source);
  const hidden = source instanceof Error ? hiddenNames(source) : [];
  const keys = [...hidden, ...names];
  return { hidden: hidden.length, keys, values: keys.map((name): unknown => source[name as keyof typeof source]) };
}

/** What an error says stands in properties that are not enumerable, and in some engines not its own. */
const hiddenNames = (error: Error): string[] =>
  [...new Set([...Object.getOwnPropertyNames(error), 'message', 'stack'])].filter(
    (name) => !Object.prototype.propertyIsEnumerable.call(error, name),
  );

function rebuilt(source: object, hidden: number, keys: readonly unknown[], values: readonly unknown[]): object {
  if (Array.isArray(source)) return values;
  if (source instanceof Set) return new Set(values);
  if (source instanceof Map) return new Map(keys.map((key, index) => [key, values[index]]));
  const copy: object =
    source instanceof Error ? (Object.setPrototypeOf(new Error(), Object.getPrototypeOf(source) as object) as Error) : {};
  // Defined and not assigned: a key named `__proto__` is one like any other.
  keys.forEach((key, index) => {
    Object.defineProperty(copy, key as string, { value: values[index], enumerable: index >= hidden, configurable: true, writable: true });
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
