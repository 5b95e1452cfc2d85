import { builtIn, type RedactionRule } from './rule.js';
import { isSecretName, isSecretPath } from './secret-name.js';
import { MARK_START, replaceSpans, type Span } from './spans.js';

/**
 * Takes out passwords, tokens, cookies and other secrets by their names: the whole value at a path whose last key is such a name, and in
 * any text the value after `name=`, `name: `, `"name":"…"`, `--name ` or `name%3D`, and the password in `scheme://user:password@host`.
 *
 * Names may be in camel, snake or kebab case. `Cookie:` and `Authorization:` headers go to the end of their line. JSON inside a string is
 * read as text, escaped or not, and stays JSON; of objects and arrays in it, only what has a secret's name of its own goes.
 *
 * @example
 * expect(redaction.secret().redact('hunter2', 'data.user.passWord')).to.equal('[redacted:secret]');
 * expect(redaction.secret().redact('/search?page=2&access_token=abc', '')).to.equal('/search?page=2&access_token=[redacted:secret]');
 */
export const secret = (): RedactionRule => RULE;

const RULE = /* @__PURE__ */ builtIn({
  name: 'secret',
  redact(value, path) {
    if (value !== '' && isSecretPath(path)) return MARK;
    if (!SEPARATOR.test(value)) return value;
    const anonymous = value.includes('@') ? value.replace(USER_INFO, `$1${MARK}`) : value;
    if (!WORD.test(anonymous)) return anonymous;
    const assigned = replaceSpans(anonymous, ASSIGNMENT, MARK, (match) => assignedSpan(anonymous, match));
    return replaceSpans(assigned, FLAG, MARK, (match) => flagSpan(assigned, match));
  },
});

const MARK = '[redacted:secret]';
/** What no assignment does without, and no secret's name: most texts are done with after these. */
const SEPARATOR = /[:=]|%3[ADad]|--/;
const WORD = /pass|pwd|secret|token|key|cookie|auth|sig|otp|cv[cv]|jwt|credential|string|code|sessid|sessionid|connect/i;

/** RFC 3986, section 3.2.1. */
const USER_INFO = /(:\/\/[^\s/:@?#"'<>[\]]*:)[^\s/@"'<>[\]]+(?=@)/g;
/** What stands before the mark of a URL's password: the host after it stays, even where the user is called `token`. */
const USER = /:\/\/[^\s/:@?#"'<>[\]]*:$/;

/** A separator, and what stands before it: an opening quote, the name, a closing quote. Looking back makes only separators cost. */
const ASSIGNMENT = /(?:=>|:=|={1,3}|:(?!:)|%3[ADad])(?<=(["'`]?)([\w.-]{1,64})(\\{0,7}["'`])?[ \t]*(?:=>|:=|={1,3}|:|%3[ADad]))[ \t]*/g;
const FLAG = /--([A-Za-z][\w-]{1,63})[ \t]+(?![-\s])/g;

function assignedSpan(text: string, match: RegExpExecArray): Span | undefined {
  const { 0: separator, 1: opening = '', 2: name = '', 3: closing = '', index } = match;
  if (!isSecretName(name)) return undefined;
  const start = index + separator.length;
  if (text.startsWith(`${MARK}@`, start) && USER.test(text.slice(Math.max(0, start - 100), start))) return undefined;
  const header = separator.startsWith(':') && HEADER.test(name);
  return valueSpan(text, start, closing, header ? (from) => endOfHeader(text, from, opening) : undefined);
}

function flagSpan(text: string, { 0: flag, 1: name = '', index }: RegExpExecArray): Span | undefined {
  return isSecretName(name) ? valueSpan(text, index + flag.length, '') : undefined;
}

/**
 * An end is only looked for where what lies before it goes, or is short: a long way to the end of what stays would be gone again and again.
 *
 * @param nameQuote what closed the name: in JSON, a mark in place of a number needs the same quotes
 */
function valueSpan(
  text: string,
  start: number,
  nameQuote: string,
  endOf = (from: number): number => endOfWords(text, from),
): Span | undefined {
  const quote = OPENING_QUOTE.exec(text.slice(start, start + 8))?.[0];
  if (quote !== undefined) {
    const contentStart = start + quote.length;
    return spanOf(text, contentStart, endOfQuoted(text, contentStart, quote));
  }
  if (STRUCTURE.test(text.slice(start, start + 8))) return undefined;
  return spanOf(text, start, endOf(start), `${nameQuote}${MARK}${nameQuote}`);
}

/** What only begins with a mark may be a secret that somebody has put one in front of. */
function spanOf(text: string, start: number, end: number, mark = MARK): Span | undefined {
  return end - start <= LONGEST_MARKS && NOTHING.test(text.slice(start, end)) ? undefined : { start, end, mark };
}

const OPENING_QUOTE = /^\\{0,7}["'`]/;
/** An object or array, whose own keys are looked at in their turn. */
const STRUCTURE = /^[[{]\s*(?:["'`\\[\]{}]|$)/;
/** Marks in a row come of what no flag's value begins with, such as the dashes before a key. */
const NOTHING = /^(?:null|true|false|undefined|(?:\[redacted:[\w-]{1,30}\])+)?$/;
const LONGEST_MARKS = 400;
const HEADER = /(?:^|[^A-Za-z])(?:authorization|cookie)$/i;
/** The bracket of a mark ends no word. */
const END_OF_WORD = /\[redacted:[\w-]{1,30}\]|[\s&;,"'`<>)}\]\\]|%26/g;
/** RFC 9110, section 11: the word before the credentials. */
const SCHEME = /^(?:apikey|basic|bearer|digest|negotiate|token)$/i;

function endOfWords(text: string, start: number): number {
  const end = endOfWord(text, start);
  if (!SCHEME.test(text.slice(start, Math.min(end, start + 10)))) return end;
  return endOfWord(text, end + text.slice(end).search(/[^ \t]|$/));
}

function endOfWord(text: string, start: number): number {
  for (const { 0: found, index } of text.slice(start).matchAll(END_OF_WORD)) if (!found.startsWith(MARK_START)) return start + index;
  return text.length;
}

/** A header has its line to itself, but for a quote that was opened before its name. */
function endOfHeader(text: string, start: number, opening: string): number {
  let end = start;
  while (end < text.length && !'\n\r\\'.includes(text.charAt(end)) && text.charAt(end) !== opening) end += 1;
  return end;
}

/**
 * A quote after n backslashes, n = 2^depth - 1 in JSON inside JSON, is closed by one after as many; a backslash that belongs to the value
 * comes as 2 (n + 1) of them. What is never closed goes to the end of its line.
 */
function endOfQuoted(text: string, start: number, opening: string): number {
  const quote = opening.charAt(opening.length - 1);
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
