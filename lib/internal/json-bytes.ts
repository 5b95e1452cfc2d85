/**
 * The exact length in UTF-8 bytes of `value`'s JSON.
 *
 * @throws what `JSON.stringify` throws (a cycle, a BigInt, a `toJSON` that throws), and a TypeError for what has no JSON
 */
export function jsonBytes(value: unknown): number {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw new TypeError('Expected a value that has a JSON form');
  // Nearly always only ASCII, and told at a third of what encoding costs.
  return ONLY_ASCII.test(json) ? json.length : new TextEncoder().encode(json).length;
}

const ONLY_ASCII = /^\p{ASCII}*$/u;
