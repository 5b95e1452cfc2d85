/** The exact length of JSON in UTF-8 bytes. */
export function utf8Length(json: string): number {
  // Nearly always only ASCII, which a regular expression recognises in a third of the time that encoding takes.
  return ONLY_ASCII.test(json) ? json.length : new TextEncoder().encode(json).length;
}

/**
 * The bytes of a value's plain JSON.
 *
 * @throws what `JSON.stringify` throws, and a TypeError for a value without a JSON form
 */
export function plainJsonBytes(value: unknown): number {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw new TypeError('Expected a value that has a JSON form');
  return utf8Length(json);
}

const ONLY_ASCII = /^\p{ASCII}*$/u;
