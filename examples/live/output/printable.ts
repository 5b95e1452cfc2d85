// Control, format, surrogate and unassigned characters, and line and paragraph separators.
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Text from outside, made fit for a line of a terminal: it can neither steer the terminal nor break the line. */
export function printable(text: string, maxCharacters = 60): string {
  const start = text.slice(0, maxCharacters).replace(UNPRINTABLE, '\u{FFFD}');
  return text.length > maxCharacters ? `${start}…` : start;
}
