// Control, format, surrogate and unassigned characters, and line and paragraph separators.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;
const MAX_CHARACTERS = 60;

/** Text from outside, made fit for a line of a terminal: it can neither steer the terminal nor break the line. */
export function printable(text: string): string {
  const start = text.slice(0, MAX_CHARACTERS).replace(UNPRINTABLE, '\u{FFFD}');
  return text.length > MAX_CHARACTERS ? `${start}…` : start;
}
