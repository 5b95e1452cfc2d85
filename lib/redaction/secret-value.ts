import { MARK_START } from './spans.js';

/** Where a quoted value starts. */
export interface OpeningQuote {
  /** The quote, including the backslashes before it. */
  readonly quote: string;
  readonly contentStart: number;
}

/** The quote that opens a value at `start`, if there is one, including Python's `b'` and typographic quotes. */
export function openingQuote(text: string, start: number): OpeningQuote | undefined {
  const { 0: whole, 1: quote } = OPENING_QUOTE.exec(text.slice(start, start + 12)) ?? [];
  return whole === undefined || quote === undefined ? undefined : { quote, contentStart: start + whole.length };
}

const OPENING_QUOTE = /^(?:[bBfFrRuU]{1,2}|[@$L])?("""|'''|\\{0,7}["'`]|[\u2018\u201c\u201e\u00ab])/;
const CLOSING_QUOTES: Readonly<Record<string, string>> = { '\u2018': '\u2019', '\u201c': '\u201d', '\u201e': '\u201c', '\u00ab': '\u00bb' };

/**
 * The end of a quoted value. A quote after n backslashes (n = 2^depth - 1 in JSON inside JSON) is closed by a quote after the same number; a
 * backslash that belongs to the value appears as 2 (n + 1) backslashes. A value that is never closed ends with its line.
 */
export function endOfQuoted(text: string, { quote: opening, contentStart: start }: OpeningQuote): number {
  if (opening.length === 3 && !opening.startsWith('\\')) {
    const end = text.indexOf(opening, start);
    return end < 0 ? text.length : end;
  }
  const last = opening.charAt(opening.length - 1);
  const quote = CLOSING_QUOTES[last] ?? last;
  const depth = opening.length - 1;
  let backslashes = 0;
  for (let index = start; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '\\') {
      backslashes += 1;
      continue;
    }
    const closes = character === quote && (backslashes < depth || backslashes % (2 * (depth + 1)) === depth);
    if (closes) return index - Math.min(backslashes, depth);
    if (character === '\n' || character === '\r') return index;
    backslashes = 0;
  }
  return text.length;
}

/** The end of a header's value: that of its line, or the closing quote if a quote was opened before its name. */
export function endOfHeader(text: string, start: number, opening: string): number {
  let end = start;
  while (end < text.length && !'\n\r\\'.includes(text.charAt(end)) && text.charAt(end) !== opening) end += 1;
  return end;
}

/** The end of a word; includes the next word if the first one is an authentication scheme. */
export function endOfWords(text: string, start: number): number {
  const end = endOfWord(text, start);
  if (!SCHEME.test(text.slice(start, Math.min(end, start + 10)))) return end;
  return endOfWord(text, end + text.slice(end).search(/[^ \t]|$/));
}

/** The authentication scheme before credentials (RFC 9110, section 11). */
const SCHEME = /^(?:apikey|basic|bearer|digest|negotiate|token)$/i;

/** The end of all words of a line, up to punctuation or the next `name:` or `name=`. */
export function endOfPhrase(text: string, start: number): number {
  let end = endOfWord(text, start, true);
  // The words after a mark were left by an earlier redaction.
  while (!text.startsWith(MARK_START, start)) {
    const { 0: gap } = NEXT_WORD.exec(text.slice(end, end + LOOK_AHEAD)) ?? [];
    if (gap === undefined) return end;
    end = endOfWord(text, end + gap.length, true);
  }
  return end;
}

const LOOK_AHEAD = 100;
/** A word, unless it is a name or a mark that replaced one. */
const NEXT_WORD =
  /^[ \t]{1,8}(?!(?:[\w.-]|\[redacted:[\w-]{1,10}\]){1,64}(?:["'`]?[ \t]{0,4}(?:=|:(?!:))|\[redacted:))(?=[^\s&;,"'`<>)}\]\\([{|=]|\[redacted:)/;

/**
 * The end of a setting's value: one word, or, in `name=a b;name=c`, up to the semicolon. If there is a mark in between, it may have replaced a
 * character that ended the value.
 */
export function endOfSetting(text: string, start: number, separator: number): number {
  const end = endOfWord(text, start, true);
  if (text.startsWith(MARK_START, start)) return end;
  const { 0: setting = '' } = SETTING.exec(text.slice(start, start + LONGEST_SETTING)) ?? [];
  const next = text.charAt(start + setting.length);
  const isSetting =
    next === ';' ||
    ((next === '' || next === '\n' || next === '\r') && AFTER_SETTING.test(text.slice(Math.max(0, separator - LOOK_AHEAD), separator)));
  return isSetting && !setting.includes(MARK_START) ? Math.max(end, start + setting.length) : end;
}

const LONGEST_SETTING = 200;
const SETTING = /^(?:[^;=&\n\r"'`<>\\]|'(?=[A-Za-z\d]))*/;
const AFTER_SETTING = /;[ \t]*[\w .-]{1,80}$/;

/** @param isChosen whether a person chose the value, which may then contain punctuation */
function endOfWord(text: string, start: number, isChosen = false): number {
  for (const { 0: found, index } of text.slice(start).matchAll(END_OF_WORD)) {
    if (found.startsWith(MARK_START)) continue;
    const end = start + index;
    if (!isChosen || !INNER.test(text.slice(end, end + LOOK_AHEAD))) return end;
  }
  return text.length;
}

/** Matches the end of a word. The bracket of a mark doesn't end it, nor does an apostrophe. */
const END_OF_WORD = /\[redacted:[\w-]{1,30}\]|[\s&;,<>)}\]\\]|["'`](?![A-Za-z\d])|%26/g;
/** Punctuation inside a word, unless another name follows, or a mark that replaced one. */
const INNER = /^[,)}\]<>](?=[A-Za-z\d!@#$%^*?+~_])(?!.?[\w.$-]{0,64}(?:\\{0,7}["'`]?[ \t]{0,4}(?:=|:(?!:))|\[redacted:))/;
