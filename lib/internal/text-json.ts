import { toJson } from './json-value.js';

/** What JSON escapes, and whatever is not ASCII. */
const UNSAFE = /[^ !#-[\]-~]/;

/** The JSON of a text, for encoders that write JSON by hand. */
export const textJson = (text: string): string => (UNSAFE.test(text) ? toJson(text) : `"${text}"`);

/** Characters of a text that is remembered. */
export const MAX_CACHED = 200;

/** Bounded: some payloads have ids for keys. */
export function remember<V>(cache: Map<string, V>, key: string, value: V): void {
  if (cache.size >= 500) cache.clear();
  cache.set(key, value);
}

/** `create` with a cache of the last result: neighbours in a batch often share it. */
export function lastOf<V extends string | number>(create: (value: V) => string): (value: V) => string {
  let last: V | undefined;
  let json = '';
  return (value) => {
    if (value !== last) {
      json = create(value);
      last = value;
    }
    return json;
  };
}

/** Whether the JSON of an object can't change any more. */
export const isConstant = (value: object): boolean =>
  Object.isFrozen(value) &&
  Object.values(Object.getOwnPropertyDescriptors(value)).every((property) => 'value' in property && typeof property.value !== 'object');
