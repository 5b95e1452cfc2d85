import { anyValueJson, stringValue } from './any-value.js';

/** The ids of an event's user. */
export interface UserIds {
  /** The id of a known user. */
  readonly userId?: string | undefined;
  /** A random id of an unknown visitor. */
  readonly anonymousId?: string | undefined;
}

/** The attributes for the ids. The conventions define a pseudonymous id only in the namespace `enduser`. */
export const USER_ATTRIBUTES: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ['userId', 'user.id'],
  ['anonymousId', 'enduser.pseudo.id'],
]);

/**
 * The user's ids as `KeyValue`s, each preceded by a comma. An id is left out if it is empty, or neither a text nor a number.
 *
 * @param metadata its attributes with the same names take precedence
 */
export function userJson(ids: unknown, metadata: object): string {
  if (typeof ids !== 'object' || ids === null) return '';
  let json = '';
  for (const [field, name] of USER_ATTRIBUTES) {
    const id: unknown = ids[field as keyof typeof ids];
    if (
      ((typeof id === 'string' && id !== '') || Number.isFinite(id)) &&
      anyValueJson(metadata[name as keyof typeof metadata]) === undefined
    )
      json += `,{"key":"${name}","value":${stringValue(String(id))}}`;
  }
  return json;
}
