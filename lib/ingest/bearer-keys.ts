import type { Authorize } from './authorize.js';
import { keyRing } from './key-ring.js';

/**
 * Lets in whoever sends one of some keys as `Authorization: Bearer …`; all others get a 401. Keys are compared in constant time.
 *
 * @throws TypeError for an empty list or key
 * @example
 * const authorize = bearerKeys(['k-1', 'k-2']);
 * const request = new Request('https://example.org/', { headers: { authorization: 'Bearer k-2' } });
 * expect(await authorize(request)).to.equal(true);
 */
export function bearerKeys(keys: readonly string[]): Authorize {
  const isKnown = keyRing(keys);
  return async ({ headers }) => {
    const [, key] = /^bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '') ?? [];
    return key !== undefined && (await isKnown(key)) ? true : 401;
  };
}
