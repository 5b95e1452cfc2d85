import { tryGet } from '../internal/try-get.js';
import { aFunction, checkArgument, isNonEmptyString } from '../internal/check-option.js';
import { createIdSource } from './new-id.js';

/**
 * The user's ids, or our own wherever theirs fail: a bad id source costs no event.
 *
 * @throws TypeError for what is no function
 */
export function safeIds(newId: (() => string) | undefined, now: () => number): () => string {
  const ownId = createIdSource(now);
  if (newId === undefined) return ownId;
  checkArgument('newId', newId, aFunction);
  return () => {
    const id: unknown = tryGet(newId);
    return isNonEmptyString(id) ? id : ownId();
  };
}
