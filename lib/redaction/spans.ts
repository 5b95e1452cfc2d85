/** A part of a text, from `start` (inclusive) to `end` (exclusive), and its replacement, if it isn't the rule's usual mark. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly mark?: string;
}

/**
 * Replaces each span that `spanOf` finds at a match of `pattern` by a mark.
 *
 * A match inside a span is skipped. `search` and `matchAll` don't change `lastIndex` of the pattern, so a `/g` pattern can be shared.
 *
 * @param searched a text of the same length that is searched instead of `text`
 */
export function replaceSpans(
  text: string,
  pattern: RegExp,
  mark: string,
  spanOf: (match: RegExpExecArray) => Span | undefined,
  searched = text,
): string {
  // Most texts have no match, which `search` detects in a fifth of the time.
  if (searched.search(pattern) < 0) return text;
  const spans: Span[] = [];
  let done = 0;
  for (const match of searched.matchAll(pattern)) {
    const span = match.index < done ? undefined : spanOf(match);
    if (span === undefined) continue;
    spans.push(span);
    done = Math.max(done, span.end);
  }
  let result = '';
  done = 0;
  // Sorted, because the value of a pair may precede its name and an earlier span.
  for (const { start, end, mark: own = mark } of spans.sort((a, b) => a.start - b.start)) {
    if (end <= done) continue;
    result += text.slice(done, start) + own;
    done = end;
  }
  return done === 0 ? text : result + text.slice(done);
}

/**
 * Whether a word may start at `index`: not in the middle of another one. Escapes of JSON and URLs are not part of a word. A mark counts as part of
 * the word around it, so that redaction creates no new words and is idempotent.
 */
export function startsWord(text: string, index: number): boolean {
  return WORD_START.test(before(text, index)) && !endsWithMark(text, index);
}

/** Whether a word may end at `index`. */
export function endsWord(text: string, index: number): boolean {
  return !WORD_GOES_ON.test(text.charAt(index)) && !text.startsWith(MARK_START, index);
}

/** Like `startsWord`, for a number: not the digits after a decimal point, nor the last parts of a version. */
export function startsNumber(text: string, index: number): boolean {
  return (
    startsWord(text, index) && !(text.charAt(index - 1) === '.' && (DIGIT.test(text.charAt(index - 2)) || endsWithMark(text, index - 1)))
  );
}

/** Like `endsWord`, for a number. */
export function endsNumber(text: string, index: number): boolean {
  return (
    endsWord(text, index) && !(text.charAt(index) === '.' && (DIGIT.test(text.charAt(index + 1)) || text.startsWith(MARK_START, index + 1)))
  );
}

/**
 * The end of the UUID that contains `index`, or `index` outside of UUIDs. One UUID in 14,000 contains digits that look like a card or bank account
 * number.
 */
export function endOfUuid(text: string, index: number): number {
  const from = Math.max(0, index - UUID_LENGTH + 1);
  for (const match of text.slice(from, index + UUID_LENGTH).matchAll(UUID)) {
    const start = from + match.index;
    if (start <= index && index < start + UUID_LENGTH) return start + UUID_LENGTH;
  }
  return index;
}

/** A private key in PEM. If its end is missing, it extends to the end of the text. */
export const PEM = /-----BEGIN [A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END[^]*?-----|$)/g;

/** The start of every rule's mark. Marks are left unchanged. */
export const MARK_START = '[redacted:';

const endsWithMark = (text: string, index: number): boolean => text.charAt(index - 1) === ']' && MARK_END.test(before(text, index));
const before = (text: string, index: number): string => text.slice(Math.max(0, index - LONGEST_MARK), index);

const UUID = /\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b/gi;
const UUID_LENGTH = 36;
/** The length of the name is limited, since a longer one may be forged: every number and key that a rule searches for is longer. */
const MARK_END = /\[redacted:[\w-]{1,10}\]$/;
const LONGEST_MARK = 21;
const WORD_START = /^$|(?:[^%\dA-Za-z]|\\[bfnrt]|%[\dA-Fa-f]{2})$/;
const WORD_GOES_ON = /[\dA-Za-z]/;
const DIGIT = /\d/;
