import { SinkError } from '../errors/sink-error.js';
import { isFunction } from '../internal/check-option.js';
import { beforeLeaving, type LeavingPage } from './transport.js';

/** Header names and their values. */
export type HttpHeaders = Readonly<Record<string, string>>;

/** Headers, or a function that returns them for each request, such as a token that expires. */
export type HeadersOption = HttpHeaders | (() => HttpHeaders | Promise<HttpHeaders>);

/**
 * Returns a function for the headers of each request; synchronous unless the option is an asynchronous function.
 *
 * While `page` is being left, there is no time to wait for a promise: the last resolved headers are used. Therefore they are requested once in
 * advance.
 *
 * @param check returns the headers as they are sent, or throws
 * @throws the error of `check`; the returned function throws or rejects with a `SinkError`
 */
export function headersSource(
  headers: HeadersOption,
  page: LeavingPage = {},
  check: (headers: HttpHeaders) => HttpHeaders = (unchecked) => unchecked,
): () => HttpHeaders | Promise<HttpHeaders> {
  if (!isFunction(headers)) {
    const checked = check(headers as HttpHeaders);
    return () => checked;
  }
  let last: HttpHeaders | undefined;
  const fail = (cause: unknown): never => {
    throw new SinkError('unavailable', 'Computing the request headers failed', { code: 'HEADERS_FAILED', cause });
  };
  const current = (): HttpHeaders | Promise<HttpHeaders> => {
    try {
      const given = (headers as () => HttpHeaders | Promise<HttpHeaders>)();
      if (!isPromise(given)) return check(given);
      const kept = given.then((resolved) => (last = check(resolved))).catch(fail);
      if (last === undefined || page.keepaliveBytesLeft?.() === undefined) return beforeLeaving(page, kept, () => last);
      kept.catch(ignore);
      return last;
    } catch (error) {
      return fail(error);
    }
  };
  // In a microtask: the function may use variables that are defined after the sink.
  if (page.keepaliveBytesLeft !== undefined) Promise.resolve().then(current).catch(ignore);
  return current;
}

export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return isFunction((value as { readonly then?: unknown } | null | undefined)?.then);
}

const ignore = (): void => undefined;
