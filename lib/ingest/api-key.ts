import { aNonEmptyString, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import type { Authorize } from './authorize.js';
import { keyRing } from './key-ring.js';

export interface ApiKeyOptions {
  /** The header that holds the key. @default 'x-api-key' */
  readonly header?: string | undefined;
  /** A query parameter that may hold the key instead, for beacons, which have no headers. URLs end up in logs. @default none */
  readonly query?: string | undefined;
}

const aHeaderName: Expectation = {
  expected: 'the name of a header',
  accepts: (value) => {
    try {
      return typeof value === 'string' && !new Headers().has(value);
    } catch {
      return false;
    }
  },
};

const OPTIONS = /* @__PURE__ */ optionsOf<ApiKeyOptions, 'query'>(() => ({ header: [aHeaderName, 'x-api-key'], query: [aNonEmptyString] }));

/**
 * Accepts requests with one of the given keys in a header; all others get a 401. Keys are compared in constant time.
 *
 * @throws TypeError for an empty list, for a key that neither the header nor the parameter can hold, and for an invalid or unknown option
 * @example
 * const authorize = apiKey(['k-1'], { query: 'key' });
 * expect(await authorize(new Request('https://example.org/', { headers: { 'x-api-key': 'k-1' } }))).to.equal(true);
 * expect(await authorize(new Request('https://example.org/?key=k-1'))).to.equal(true);
 * expect(await authorize(new Request('https://example.org/?key=k-2'))).to.equal(401);
 */
export function apiKey(keys: readonly string[], options?: ApiKeyOptions): Authorize {
  const { header, query } = OPTIONS.parse(options);
  const isKnown = keyRing(keys, query === undefined ? aHeaderValue : aNonEmptyString);
  return async ({ headers, url }) => {
    const key = headers.get(header) ?? (query === undefined ? null : new URL(url).searchParams.get(query));
    return key !== null && (await isKnown(key)) ? true : 401;
  };
}

/** Servers strip blanks around a header's value. */
const aHeaderValue: Expectation = {
  expected: 'a non-empty string that a header can hold',
  accepts: (value) => typeof value === 'string' && /^(?![\t ])[\t\x20-\x7e\x80-\xff]+(?<![\t ])$/.test(value),
};
