import type { Expectation } from '../internal/check-option.js';
import type { Authorize } from './authorize.js';
import { keyRing } from './key-ring.js';

/**
 * Accepts requests with one of the given keys as `Authorization: Bearer …`; all others get a 401. Keys are compared in constant time.
 *
 * @throws TypeError for an empty list, and for a key that a header can't hold
 * @example
 * const authorize = bearerKeys(['k-1', 'k-2']);
 * const request = new Request('https://example.org/', { headers: { authorization: 'Bearer k-2' } });
 * expect(await authorize(request)).to.equal(true);
 */
export function bearerKeys(keys: readonly string[]): Authorize {
  const isKnown = keyRing(keys, aToken);
  return async ({ headers }) => {
    const [, key] = /^bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '') ?? [];
    return key !== undefined && (await isKnown(key)) ? true : 401;
  };
}

/** Accepts the characters of a header's value, except blanks. */
const aToken: Expectation = {
  expected: 'a non-empty string without blanks, of characters that a header can hold',
  accepts: (value) => typeof value === 'string' && /^[\x21-\x7e\x80-\x9f\xa1-\xff]+$/.test(value),
};
