/** The longest start of a text whose UTF-8 form has at most `maxBytes` bytes, with `…` at the end if anything is left out. */
export function truncate(text: string, maxBytes: number): string {
  // A UTF-16 unit takes at most three bytes in UTF-8.
  if (text.length * 3 <= maxBytes) return text;
  if (unitsWithin(text, maxBytes) === text.length) return text;
  return maxBytes < ELLIPSIS_BYTES ? '' : `${text.slice(0, unitsWithin(text, maxBytes - ELLIPSIS_BYTES))}…`;
}

const ELLIPSIS_BYTES = 3;

/** UTF-16 units of the longest start that fits; it never ends within a character. */
const unitsWithin = (text: string, maxBytes: number): number =>
  new TextEncoder().encodeInto(text, new Uint8Array(Math.min(maxBytes, text.length * 3))).read;
