import { toJson } from './json-value.js';

/** Matches characters that JSON escapes, and all that are not ASCII. */
const UNSAFE = /[^ !#-[\]-~]/;

/** The JSON of a text, for encoders that assemble JSON from strings. */
export const textJson = (text: string): string => (UNSAFE.test(text) ? toJson(text) : `"${text}"`);

/** Maximum length of a text that is cached. */
export const MAX_CACHED = 200;

/** Adds to a cache of limited size: some payloads use ids as keys. */
export function remember<V>(cache: Map<string, V>, key: string, value: V): void {
  if (cache.size >= 500) cache.clear();
  cache.set(key, value);
}

/** Wraps `create` with a cache of the last result, which consecutive events of a batch often share. */
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
