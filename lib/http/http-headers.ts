import { aFunction } from '../internal/check-option.js';

/** Header names and their values. */
export type HttpHeaders = Readonly<Record<string, string>>;

/** Headers, or what gives them for each request: a token that expires, say. */
export type HeadersOption = HttpHeaders | (() => HttpHeaders | Promise<HttpHeaders>);

/**
 * What gives the headers of a request, names in lower case; checked now where they never change.
 *
 * @throws TypeError for what can't be headers, without showing a value; the function that it gives rejects with the same
 */
export function headersSource(headers: HeadersOption): () => Promise<HttpHeaders> {
  if (aFunction.accepts(headers)) return async () => checkedHeaders(await (headers as Exclude<HeadersOption, HttpHeaders>)());
  const checked = Promise.resolve(checkedHeaders(headers));
  return () => checked;
}

/** An id as a header can hold it: what it can't is written as its code. Every id that the library makes is left as it is. */
export function headerSafe(id: string): string {
  return id.replaceAll(/[^\x21-\x7e]/g, (unit) => `%${unit.charCodeAt(0).toString(16)}`);
}

function checkedHeaders(headers: unknown): HttpHeaders {
  // `checkArgument` would show a string.
  if (typeof headers !== 'object' || headers === null || Symbol.iterator in headers)
    throw new TypeError('Expected `headers` to be an object of strings, or a function that gives one');
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers as Readonly<Record<string, unknown>>)) {
    const lowerCased = name.toLowerCase();
    if (!NAME.test(name)) throw new TypeError('Expected `headers` to have names that headers can have');
    if (OURS.has(lowerCased)) throw new TypeError(`Expected \`headers\` not to set \`${name}\`, which follows from the body`);
    if (!isHeaderValue(value)) throw new TypeError(`Expected \`headers.${name}\` to be a string that a header can hold`);
    checked[lowerCased] = value;
  }
  return checked;
}

export function isHeaderValue(value: unknown): value is string {
  return typeof value === 'string' && VALUE.test(value);
}

/** RFC 9110, 5.1 and 5.5. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const OURS: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'transfer-encoding']);
