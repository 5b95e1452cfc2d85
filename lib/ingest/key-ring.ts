import { anArray, aNonEmptyString, type Expectation } from '../internal/check-option.js';

/**
 * Returns a predicate for the given keys. Its duration depends neither on the key nor on its position in the list.
 *
 * Both sides are hashed, and every hash is compared completely. The keys are hashed at the first call.
 *
 * @param aKey accepts keys that a request can contain
 * @throws TypeError for an empty list, and for an invalid key
 */
export function keyRing(keys: readonly string[], aKey: Expectation = aNonEmptyString): (key: string) => Promise<boolean> {
  // Not `checkArgument`: if a key is passed without a list, its message would contain the key.
  if (!anArray.accepts(keys) || keys.length === 0) throw new TypeError('Expected `keys` to be a list with at least one key');
  if (!keys.every(aKey.accepts)) throw new TypeError(`Expected every key to be ${aKey.expected}`);
  const own = [...keys];
  let hashes: Promise<readonly Uint8Array[]> | undefined;
  return async (key) => {
    hashes ??= Promise.all(own.map(hashOf));
    const hash = await hashOf(key);
    let isKnown = false;
    for (const each of await hashes) isKnown = isSame(each, hash) || isKnown;
    return isKnown;
  };
}

async function hashOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index += 1) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}
