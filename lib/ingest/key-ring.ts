import { anArray, aNonEmptyString, type Expectation } from '../internal/check-option.js';

/**
 * Whether a key is one of some, told in a time that depends neither on the key nor on where in the list it stands.
 *
 * Both sides are hashed, and all hashes compared to their ends. The list's are made at the first question.
 *
 * @param aKey what every key must be, so that it can come at all
 * @throws TypeError for an empty list, or a key that can never come
 */
export function keyRing(keys: readonly string[], aKey: Expectation = aNonEmptyString): (key: string) => Promise<boolean> {
  // `checkArgument` would show a key that stands alone, and the message would end in a log.
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
