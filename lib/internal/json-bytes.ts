import { toJson } from './json-value.js';

/**
 * The exact length of `value`'s JSON in UTF-8 bytes, in the form that every encoder writes.
 *
 * @throws what `toJson` throws
 */
export function jsonBytes(value: unknown): number {
  const json = toJson(value);
  // Most JSON is only ASCII. A regular expression finds that out in a third of the time that encoding takes.
  return ONLY_ASCII.test(json) ? json.length : new TextEncoder().encode(json).length;
}

const ONLY_ASCII = /^\p{ASCII}*$/u;
