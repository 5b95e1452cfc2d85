import { keyJson, stringValue } from './any-value.js';

/** Who an event is about. */
export interface UserIds {
  /** Of a user who is known. */
  readonly userId?: string | undefined;
  /** Of a visitor who isn't: a random id. */
  readonly anonymousId?: string | undefined;
}

/** The attributes of the ids. The conventions have a pseudonymous id in the namespace `enduser` only. */
export const USER_ATTRIBUTES: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ['userId', 'user.id'],
  ['anonymousId', 'enduser.pseudo.id'],
]);

/**
 * The user's ids as `KeyValue`s, each preceded by a comma. An empty one, or one that is no text or number, is left out.
 *
 * @param metadata attributes that it has under the same names replace them
 */
export function userJson(ids: unknown, metadata: object): string {
  if (typeof ids !== 'object' || ids === null) return '';
  let json = '';
  for (const [field, name] of USER_ATTRIBUTES) {
    const id: unknown = ids[field as keyof typeof ids];
    if (((typeof id === 'string' && id !== '') || Number.isFinite(id)) && !Object.hasOwn(metadata, name))
      json += `,${keyJson(name)}${stringValue(String(id))}}`;
  }
  return json;
}
