import { jsonCopy, sizeOf, toJson } from '../internal/json-value.js';
import { MAX_CACHED, remember, textJson } from '../internal/text-json.js';
import { longTextJson } from './long-text-json.js';

/**
 * The JSON of an OTLP `AnyValue`; `undefined` for a value that JSON leaves out.
 *
 * | value | field |
 * |---|---|
 * | text | `stringValue` |
 * | a safe integer | `intValue`, a decimal string as in the JSON mapping of Protocol Buffers |
 * | any other finite number | `doubleValue` |
 * | a boolean | `boolValue` |
 * | ArrayBuffer, typed arrays, DataView, Buffer | `bytesValue`, base64 |
 * | an array, a Set | `arrayValue` |
 * | any other object | `kvlistValue`, keys in their order, the empty key included |
 * | `null`, NaN, Infinity | none: the empty `AnyValue` |
 *
 * Values that JSON lacks are converted first, as listed for `toJson`. An object or array below 30 levels becomes a `stringValue` with its JSON:
 * decoders of Protocol Buffers refuse requests with more than 100 levels, and each level of data takes up to three.
 *
 * @throws RangeError for a value that is too large or nested too deeply, and what a getter, a `toJSON` or a Proxy throws
 */
export function anyValueJson(value: unknown): string | undefined {
  const isComplex =
    typeof value === 'object' ? value !== null && sizeOf(value) < 0 : typeof value === 'bigint' || typeof value === 'function';
  return valueJson(isComplex ? jsonCopy(value, (base64) => new Base64(base64)) : value, 0);
}

/** Marks bytes in the copy. */
class Base64 {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toJSON(): string {
    return this.#text;
  }
}

const EMPTY = '{}';
const MAX_DEPTH = 30;

function valueJson(value: unknown, depth: number): string | undefined {
  switch (typeof value) {
    case 'string':
      return stringValue(value);
    case 'number':
      return numberValue(value);
    case 'boolean':
      return value ? '{"boolValue":true}' : '{"boolValue":false}';
    case 'object':
      return value === null ? EMPTY : objectJson(value, depth);
    default:
      return undefined;
  }
}

export const stringValue = (text: string): string => `{"stringValue":${longTextJson(text)}}`;

export function numberValue(value: number): string {
  if (Number.isSafeInteger(value)) return `{"intValue":"${String(value)}"}`;
  return Number.isFinite(value) ? `{"doubleValue":${String(value)}}` : EMPTY;
}

function objectJson(value: object, depth: number): string {
  if (value instanceof Base64) return `{"bytesValue":"${value.toJSON()}"}`;
  // Among plain objects, only a Date has a `toJSON`.
  if (typeof (value as { readonly toJSON?: unknown }).toJSON === 'function') {
    const json = toJson(value);
    return json === 'null' ? EMPTY : `{"stringValue":${json}}`;
  }
  if (depth >= MAX_DEPTH) return stringValue(toJson(value));
  let json = '';
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) json += `${index === 0 ? '' : ','}${valueJson(value[index], depth + 1) ?? EMPTY}`;
    return `{"arrayValue":{"values":[${json}]}}`;
  }
  for (const key of Object.keys(value)) {
    const part = valueJson(value[key as keyof typeof value], depth + 1);
    if (part === undefined) continue;
    const start = keyJson(key);
    if (start === undefined) return objectJson(withWellFormedKeys(value), depth);
    json += `${json === '' ? '' : ','}${start}${part}}`;
  }
  return `{"kvlistValue":{"values":[${json}]}}`;
}

/** A cache of keys of payloads and metadata: the text up to their value. */
const keys = /* @__PURE__ */ new Map<string, string>();

/** The beginning of a `KeyValue`, up to its value; `undefined` for a key with a lone surrogate, see `withWellFormedKeys`. */
export const keyJson = (key: string): string | undefined => keys.get(key) ?? newKeyJson(key);

function newKeyJson(key: string): string | undefined {
  if (key.search(LONE_SURROGATES) >= 0) return undefined;
  const json = `{"key":${textJson(key)},"value":`;
  if (json.length <= MAX_CACHED) remember(keys, key, json);
  return json;
}

/** A copy with U+FFFD in place of lone surrogates in keys. Keys must be unique: of keys that become equal, the last one counts, as in `toJson`. */
export const withWellFormedKeys = (value: object): object =>
  Object.fromEntries(Object.entries(value).map(([key, part]) => [key.replace(LONE_SURROGATES, '\ufffd'), part as unknown]));

const LONE_SURROGATES = /\p{Surrogate}/gu;
