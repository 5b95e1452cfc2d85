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
  const children = properties.map((name): unknown => root[name]);
  let frame = new Frame(undefined, '', root, { source: root, names: properties, renamed: undefined, children, rebuild: rebuildRoot });
  const open = new Set<unknown>();
  let opened = 0;
  for (;;) {
    if (frame.index === frame.children.length) {
      const result = frame.isChanged ? frame.parts.rebuild(frame.parts) : frame.parts.source;
      if (frame.parent === undefined) return result as T;
      open.delete(frame.original);
      frame = frame.parent;
      frame.put(result);
      continue;
    }
    const child = frame.children[frame.index];
    if (typeof child !== 'string' && typeof child !== 'object' && typeof child !== 'function') {
      frame.index += 1;
      continue;
    }
    const segment = frame.segmentOfChild();
    const visible = visibleForm(child, segment);
    if (typeof visible === 'string') {
      frame.put(replace(visible, pathOf(frame, segment)));
    } else if (!isContainer(visible)) {
      frame.put(visible);
    } else {
      if (open.has(child)) throw new TypeError('Expected values without cycles');
      if ((opened += 1) > MAX_OBJECTS)
        throw new RangeError(`Expected at most ${String(MAX_OBJECTS)} objects, a shared one counted wherever it stands`);
      open.add(child);
      frame = new Frame(frame, segment, child, partsOf(visible, replace, frame, segment));
    }
  }
}

/** Far beyond any event, and soon reached: bounds what shared references and endless getters unfold to. */
const MAX_OBJECTS = 250_000;

/** A container taken apart. */
interface Parts {
  readonly source: object;
  /** Of the children; `undefined` where their index leads to them. */
  readonly names: readonly string[] | undefined;
  /** The names that the copy will have; `undefined` where they are the same. */
  readonly renamed: readonly string[] | undefined;
  /** Taken once, so that nothing goes out but what was looked at; replaced one by one. */
  readonly children: unknown[];
  readonly rebuild: (parts: Parts) => object;
}

/** A container whose children are being looked at. */
class Frame {
  readonly children: unknown[];
  index = 0;
  isChanged: boolean;

  constructor(
    readonly parent: Frame | undefined,
    /** What leads here from the parent. */
    readonly segment: string,
    /** What stands in the parent: `parts.source`, or what gave it as its `toJSON`. */
    readonly original: unknown,
    readonly parts: Parts,
  ) {
    this.children = parts.children;
    this.isChanged = parts.renamed !== undefined;
  }

  segmentOfChild(): string {
    return this.parts.names?.[this.index] ?? String(this.index);
  }

  put(value: unknown): void {
    if (value !== this.children[this.index]) {
      this.children[this.index] = value;
      this.isChanged = true;
    }
    this.index += 1;
  }
}

/** Of a longer path only the end is given, where the nearest names stand: with whole ones, deep nesting would take quadratic time. */
const MAX_SEGMENTS = 32;
const MAX_SEGMENT = 256;

function pathOf(container: Frame, segment: string): string {
  let path = ending(segment);
  let frame = container;
  for (let count = 1; frame.parent !== undefined; frame = frame.parent, count += 1) {
    if (count === MAX_SEGMENTS) return `….${path}`;
    path = `${ending(frame.segment)}.${path}`;
  }
  return path;
}

const ending = (segment: string): string => (segment.length > MAX_SEGMENT ? `…${segment.slice(1 - MAX_SEGMENT)}` : segment);

/** What an encoder would be looking at. */
function visibleForm(value: unknown, segment: string): unknown {
  if (!isContainer(value) && typeof value !== 'function') return value;
  if (value instanceof String) return value.valueOf();
  const { toJSON } = value as { readonly toJSON?: unknown };
  return typeof toJSON === 'function' ? (toJSON.call(value, segment) as unknown) : value;
}

const isContainer = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Date || ArrayBuffer.isView(value) || value instanceof ArrayBuffer);

function partsOf(source: object, replace: Replace, parent: Frame, segment: string): Parts {
  if (Array.isArray(source))
    return { source, names: undefined, renamed: undefined, children: source.slice(), rebuild: ({ children }) => children };
  if (source instanceof Set) return { source, names: undefined, renamed: undefined, children: [...source], rebuild: rebuildSet };
  if (source instanceof Map) return mapParts(source);
  const isError = source instanceof Error;
  const names = isError ? errorNames(source) : Object.keys(source);
  const path = `${pathOf(parent, segment)}.*`;
  const renamed = names.map((name) => (isError && !isEnumerable(source, name) ? name : replace(name, path)));
  return {
    source,
    names,
    renamed: renamed.some((name, index) => name !== names[index]) ? unique(renamed) : undefined,
    children: names.map((name): unknown => source[name as keyof typeof source]),
    rebuild: isError ? rebuildError : rebuildRecord,
  };
}

/** Keys and values by turns, as a key can be any object; a value is led to by its key, where that is a name. */
function mapParts(source: Map<unknown, unknown>): Parts {
  const entries = [...source];
  const names = entries.flatMap(([key], index) => [String(index), typeof key === 'string' ? key : String(index)]);
  return { source, names, renamed: undefined, children: entries.flat(), rebuild: rebuildMap };
}

/** What an error says stands in properties that are not enumerable, and in some engines not its own. */
const errorNames = (error: Error): string[] => [...new Set([...Object.getOwnPropertyNames(error), 'message', 'stack'])];

function rebuildRoot({ source, names, children }: Parts): object {
  return { ...source, ...toRecord(names ?? [], children) };
}

function rebuildRecord({ names, renamed, children }: Parts): object {
  return toRecord(renamed ?? names ?? [], children);
}

/** As `fromEntries` defines properties and doesn't assign them, a key named `__proto__` is one like any other. */
function toRecord(names: readonly string[], values: readonly unknown[]): object {
  return Object.fromEntries(names.map((name, index) => [name, values[index]]));
}

function rebuildError({ source, names, renamed, children }: Parts): object {
  const copy = Object.setPrototypeOf(new Error(), Object.getPrototypeOf(source) as object) as Error;
  names?.forEach((name, index) => {
    const descriptor = { value: children[index], enumerable: isEnumerable(source, name), configurable: true, writable: true };
    Object.defineProperty(copy, renamed?.[index] ?? name, descriptor);
  });
  return copy;
}

const isEnumerable = (object: object, name: string): boolean => Object.prototype.propertyIsEnumerable.call(object, name);

function rebuildSet({ children }: Parts): object {
  return new Set(children);
}

function rebuildMap({ children }: Parts): object {
  const keys = children.filter((_, index) => index % 2 === 0);
  const names = unique(keys.filter((key) => typeof key === 'string'));
  let next = 0;
  return new Map(keys.map((key, index) => [typeof key === 'string' ? names[next++] : key, children[index * 2 + 1]]));
}

/** The same names, but for a number at the end of those that have come before. */
function unique(names: readonly string[]): string[] {
  const taken = new Set<string>();
  const counts = new Map<string, number>();
  return names.map((name) => {
    let candidate = name;
    while (taken.has(candidate)) {
      const count = (counts.get(name) ?? 1) + 1;
      counts.set(name, count);
      candidate = `${name}_${String(count)}`;
    }
    taken.add(candidate);
    return candidate;
  });
}
