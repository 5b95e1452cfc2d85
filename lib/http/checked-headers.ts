import type { HttpHeaders } from './http-headers.js';

/** An id as a header value: characters that no header can hold are written as their codes. Ids made by the library are left as they are. */
export function headerSafe(id: string): string {
  return id.replace(/[^\x21-\x7e]/g, (unit) => `%${unit.charCodeAt(0).toString(16)}`);
}

/**
 * The headers with names in lower case.
 *
 * @throws TypeError for invalid headers, without showing a value
 */
export function checkedHeaders(headers: unknown): HttpHeaders {
  // `checkArgument` would show a string.
  if (typeof headers !== 'object' || headers === null || Symbol.iterator in headers)
    throw new TypeError('Expected `headers` to be an object of strings, or a function that returns one');
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers as Readonly<Record<string, unknown>>)) {
    const lowerCased = name.toLowerCase();
    if (!NAME.test(name)) throw new TypeError('Expected `headers` to have valid header names');
    if (RESERVED.test(lowerCased)) throw new TypeError(`Expected \`headers\` not to set \`${name}\`, which follows from the body`);
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

const RESERVED = /^(content-(encoding|length)|transfer-encoding)$/;
