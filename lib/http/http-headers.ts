import { isFunction } from '../internal/check-option.js';
import { failAs } from './request-error.js';
import type { LeavingPage } from './transport.js';

/** Header names and their values. */
export type HttpHeaders = Readonly<Record<string, string>>;

/** Headers, or a function that returns them for each request, such as a token that expires. */
export type HeadersOption = HttpHeaders | (() => HttpHeaders | Promise<HttpHeaders>);

/**
 * Returns a function for the headers of each request, names in lower case; synchronous unless the option is an asynchronous function.
 *
 * While `page` is being left, a promise can't be waited for: the headers resolved last are used. They are requested once in advance for that.
 *
 * @throws TypeError for invalid headers, without showing a value; the returned function throws or rejects with a `SinkError`
 */
export function headersSource(headers: HeadersOption, page: LeavingPage = {}): () => HttpHeaders | Promise<HttpHeaders> {
  if (!isFunction(headers)) {
    const checked = checkedHeaders(headers);
    return () => checked;
  }
  let last: HttpHeaders | undefined;
  const keep = (given: HttpHeaders): HttpHeaders => (last = checkedHeaders(given));
  const current = (): HttpHeaders | Promise<HttpHeaders> => {
    try {
      const given = (headers as () => HttpHeaders | Promise<HttpHeaders>)();
      if (!isPromise(given)) return checkedHeaders(given);
      const kept = given.then(keep).catch(fail);
      if (last === undefined || page.keepaliveBytesLeft?.() === undefined) return kept;
      kept.catch(() => undefined);
      return last;
    } catch (error) {
      return fail(error);
    }
  };
  if (page.keepaliveBytesLeft !== undefined)
    // Later than the caller's own task: the function may use what is defined after the sink.
    Promise.resolve()
      .then(current)
      .catch(() => undefined);
  return current;
}

const fail = /* @__PURE__ */ failAs('unavailable', 'HEADERS_FAILED', 'Computing the request headers failed');

/** An id as a header value: characters that no header can hold are written as their codes. Ids made by the library are left as they are. */
export function headerSafe(id: string): string {
  return id.replace(/[^\x21-\x7e]/g, (unit) => `%${unit.charCodeAt(0).toString(16)}`);
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return isFunction((value as { readonly then?: unknown } | null | undefined)?.then);
}

function checkedHeaders(headers: unknown): HttpHeaders {
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
