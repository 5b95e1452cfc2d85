import { tryGet } from '../internal/try-get.js';
import { aFunction, checkArgument, isNonEmptyString } from '../internal/check-option.js';
import { checkCrypto, createIdSource } from './new-id.js';

/**
 * Wraps the user's id source: if it fails, the default source is used, so that no event is lost.
 *
 * @throws TypeError if it is not a function, or is left out on a runtime without `crypto.getRandomValues`
 */
export function safeIds(newId: (() => string) | undefined, now: () => number): () => string {
  const ownId = createIdSource(now);
  if (newId === undefined) {
    checkCrypto();
    return ownId;
  }
  checkArgument('newId', newId, aFunction);
  return () => {
    const id: unknown = tryGet(newId);
    return isNonEmptyString(id) ? id : ownId();
  };
}
