import { textJson } from '../internal/text-json.js';

/** For texts of this length or more, native searches are faster than `JSON.stringify`: they take half the time for stack traces and texts with emoji. */
const LONG = 100;

/** Matches control characters that JSON escapes, except tab and line feed. */
const OTHER_CONTROLS = /[\0-\t\v-\x1f]/;

/** The JSON of a text, like `textJson`, but faster for a long text. */
export function longTextJson(text: string): string {
  if (text.length < LONG || OTHER_CONTROLS.test(text) || !isWellFormed(text)) return textJson(text);
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** Whether a text contains no lone surrogate. False if the runtime has no such method (browsers before 2023). */
const isWellFormed = (text: string): boolean => (text as { isWellFormed?: () => boolean }).isWellFormed?.() === true;
