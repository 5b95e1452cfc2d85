import { SPACE } from './reveal.js';
import { builtIn, type RedactionRule } from './rule.js';
import { HINT, isSecretName, isSecretPath, plainName } from './secret-name.js';
import { endOfHeader, endOfPhrase, endOfQuoted, endOfSetting, endOfWords, openingQuote } from './secret-value.js';
import { MARK_START, PEM, replaceSpans, type Span } from './spans.js';

/**
 * Redacts passwords, tokens, cookies and other secrets by their names.
 *
 * - By path: the whole value, number or string, under a key with such a name.
 * - In text: the value after `name=`, `name: `, `"name":"…"`, `user[name]=`, `--name ` or `name%3D`; in `<name>…</name>`, in the pairs
 *   `["name", "…"]` and `{"name":"name","value":"…"}`, in parts of `multipart/form-data`, and the password in `scheme://user:password@host`.
 *
 * Names may be in camel, snake or kebab case. `Cookie:` and `Authorization:` headers are redacted to the end of their line, and so are passwords of
 * several words after `password: `. JSON inside a string, escaped or not, is treated as text and remains valid JSON; inside its objects, only values
 * that have a secret name themselves are redacted.
 *
 * @example
 * expect(redaction.secret().redact('hunter2', 'data.user.passWord')).to.equal('[redacted:secret]');
 * expect(redaction.secret().redact('/search?page=2&access_token=abc', '')).to.equal('/search?page=2&access_token=[redacted:secret]');
 */
export const secret = (): RedactionRule => RULE;

const RULE = /* @__PURE__ */ builtIn({
  name: 'secret',
  numbers: true,
  matchesName: (name) => isSecretName(plainName(name)),
  redact(value, path) {
    if (value !== '' && isSecretPath(path)) return MARK;
    if (!SEPARATOR.test(value)) return value;
    let text = value.includes('@') ? redactUserInfo(value, USER_INFO) : value;
    if (text.includes('%40')) text = redactUserInfo(text, ENCODED_USER_INFO);
    if (!HINT.test(text)) return text;
    for (const { pattern, spanOf } of SHAPES) {
      const veiled = veil(text);
      text = replaceSpans(text, pattern, MARK, (match) => spanOf(veiled, match), veiled);
    }
    return text;
  },
});

/**
 * Replaces by digits what other rules redact completely, but would end a value here: private keys, and apostrophes in e-mail addresses. Then a value
 * ends where it will end in the redacted text. All white space within a line becomes blanks.
 */
const veil = (text: string): string =>
  text
    .replace(PEM, (pem) => '0'.repeat(pem.length))
    .replace(APOSTROPHE, '0')
    .replace(SPACE, ' ');

/** An apostrophe in an address; not a quote that opens a value after a prefix, as in Python's `b'…'`. */
const APOSTROPHE =
  /'(?<=[\w\u00c0-\u052f][.'+-]{0,8})(?<![=:,([{\s](?:[bfru]{1,2}|l)')(?=(?:[\w\u00c0-\u052f.'+-]|%2[7bde]|%5f){0,64}(?:@|%40)[\w\u00c0-\u052f-])/gi;

const MARK = '[redacted:secret]';
/** Every form of a secret in text contains one of these: this search excludes most texts. */
const SEPARATOR = /[:=<,]|%3[ADad]|--/;

/**
 * User information of a URL (RFC 3986, section 3.2.1). Passwords may also contain an unencoded `@`, `/`, `?` or `#`: the password ends at the last
 * `@` of the authority, or, if the text after the colon is not a port, at the first `@` after it. The user name may be an e-mail address, or the mark
 * that replaced one.
 */
const USER_INFO =
  /(:\/\/[^\s/:?#"'<>[\]]*(?:(?:\b'\b|\[redacted:(?:api-key|email|ip)\])[^\s/:?#"'<>[\]]*){0,9}:)((?:[^\s/?#"'<>]+|(?<![@\]][^/:@]*:)(?!\d{0,5}[/?#])[^\s"'<>@]{1,128})(?=@))/g;
/** The same, encoded within a parameter. */
const ENCODED_USER_INFO = /(%3[Aa]%2[Ff]%2[Ff][^\s%&"'<>]{0,64}%3[Aa])((?:(?!%40|%2[Ff]|%26)[^\s&"'<>]){1,128}(?=%40))/g;

/**
 * A mark may have replaced a character that ended the URL. A password that contains a mark is redacted only if it ends at an `@`, so that redacting
 * twice changes nothing.
 */
function redactUserInfo(text: string, pattern: RegExp): string {
  const spanOf = ({ 1: before = '', 2: password = '', index }: RegExpExecArray): Span | undefined => {
    const mark = password.indexOf(MARK_START);
    const length = mark < 0 ? password.length : password.lastIndexOf('@', mark);
    const start = index + before.length;
    return length > 0 ? { start, end: start + length } : undefined;
  };
  return replaceSpans(text, pattern, MARK, spanOf, veil(text));
}

/** Matches the text before the mark of a URL's password: the host after the mark is kept, even if the user is called `token`. */
const USER = /(?::\/\/|%2[Ff])[^\s/?#"<>]*(?::|%3[Aa])$/;

interface Shape {
  readonly pattern: RegExp;
  readonly spanOf: (text: string, match: RegExpExecArray) => Span | undefined;
}

/** A separator, preceded by an optional opening quote, the name and an optional closing quote. With a lookbehind, time is only spent at separators. */
const ASSIGNMENT =
  /(?:=>|:=|={1,3}|:(?!:)|%3[ADad])(?<=(["'`]?)((?:[\w-]{1,30} ){0,2}(?:%5[BDbd]|[\w.$[\]-]){1,80})(\\{0,7}["'`])?(\]{0,2})([ \t]*)(?:=>|:=|={1,3}|:|%3[ADad]))[ \t]*/g;
/** `--name value`. If a separator follows the name, it is an assignment instead. A bearer token may start with a hyphen. */
const FLAG = /--([a-z][\w-]{1,63})[ \t]+(?![\s=]|:(?!:)|-(?<!bearer[ \t]+-))/gi;
const ELEMENT = /<([\w:.-]{1,64})(?:\s[^<>]{0,200})?>(?:<!\[CDATA\[)?(?=[^<])/g;
const TUPLE = /(?<=([[(,])[ \t]{0,4})(\\{0,7}["'`])([\w.$[\]-]{1,80})\2[ \t]{0,4},[ \t]{0,4}(?=[bu]?\\{0,7}["'`]|-?\d)/g;
const END_OF_TUPLE = /^(?:\\{0,7}["'`])?[ \t]{0,4}[\])]/;
const PAIR_NAME =
  /(?:name|key|id|field|label|type|header|param|property|attribute)\\{0,7}["'`]?[ \t]{0,4}[:=][ \t]{0,4}\\{0,7}["'`]([\w.$[\] :*-]{1,80})\\{0,7}["'`]/gi;
const PAIR_VALUE = /^[^{}<>]*?[\s,"'`](?:value|val|content|text)(\\{0,7}["'`]?)[ \t]{0,4}[:=][ \t]{0,4}/i;
const PAIR_VALUE_BEFORE = /[\s,{"'`](?:value|val|content|text)(\\{0,7}["'`]?)[ \t]{0,4}[:=][ \t]{0,4}(?=[^{}<>]*$)/i;
/** The head of a part of `multipart/form-data` (RFC 7578), up to the blank line; its line breaks may be escaped. */
const FORM_PART =
  /form-data;[ \t]{0,4}name=\\{0,7}"([\w.$[\] -]{1,80})\\{0,7}"[^\r\n\\]{0,100}(?:(?:\r?\n|(?:\\{1,7}r)?\\{1,7}n)[^\r\n\\]{1,100}){0,3}(?:\r?\n|(?:\\{1,7}r)?\\{1,7}n){2}/gi;
const END_OF_PART = /(?:\r?\n|(?:\\{1,7}r)?\\{1,7}n)--/g;
/** Maximum length of a pair, in characters. */
const PAIR = 200;

const SHAPES: readonly Shape[] = [
  { pattern: ASSIGNMENT, spanOf: assignedSpan },
  {
    pattern: FLAG,
    spanOf: (text, { 0: flag, 1: name = '', index }) => (isSecretName(name) ? valueSpan(text, index + flag.length, '') : undefined),
  },
  { pattern: ELEMENT, spanOf: elementSpan },
  { pattern: TUPLE, spanOf: tupleSpan },
  { pattern: PAIR_NAME, spanOf: pairSpan },
  { pattern: FORM_PART, spanOf: partSpan },
];

function partSpan(text: string, { 0: head, 1: name = '', index }: RegExpExecArray): Span | undefined {
  // Check the name first: otherwise the end of every part would be searched for up to the end of the text.
  if (!isSecretName(name)) return undefined;
  const start = index + head.length;
  const length = text.slice(start).search(END_OF_PART);
  const end = length < 0 ? text.length : start + length;
  return end > start ? { start, end } : undefined;
}

function assignedSpan(text: string, match: RegExpExecArray): Span | undefined {
  const { 0: separator, 1: opening = '', 2: rawName = '', 3: closing = '', 4: brackets = '', 5: gap = '', index } = match;
  const name = plainName(rawName);
  if (!isSecretName(name)) return undefined;
  // The name inside a mark is not the name of a value.
  const word = rawName.slice(rawName.lastIndexOf(' ') + 1);
  const wordStart = index - gap.length - brackets.length - closing.length - word.length;
  if (/^[\w-]+\]/.test(word + brackets) && text.slice(Math.max(0, wordStart - MARK_START.length), wordStart) === MARK_START)
    return undefined;
  const start = index + separator.length;
  if (text.startsWith(MARK, start) && USER.test(text.slice(Math.max(0, start - 100), start))) return undefined;
  if (separator.startsWith(':') && HEADER.test(name)) return valueSpan(text, start, closing, (from) => endOfHeader(text, from, opening));
  if (!PHRASE.test(name)) return valueSpan(text, start, closing);
  const isSpaced = separator.startsWith(':') || gap !== '' || /[ \t]$/.test(separator);
  return valueSpan(text, start, closing, (from) => (isSpaced ? endOfPhrase(text, from) : endOfSetting(text, from, index)));
}

const HEADER = /(?:^|[^A-Za-z])(?:authorization|cookie)$/i;
/** Names of secrets that people choose: these may contain spaces. */
const PHRASE = /pass|pwd|pw|phrase|secret|answer/i;

function elementSpan(text: string, { 0: tag, 1: name = '', index }: RegExpExecArray): Span | undefined {
  if (!isSecretName(name)) return undefined;
  const start = index + tag.length;
  const end = text.indexOf(tag.endsWith('[') ? ']]>' : '<', start);
  return spanOf(text, start, end < 0 ? text.length : end);
}

/** In longer lists, a name doesn't belong to the next element, unless it is a flag or a header. */
function tupleSpan(text: string, { 0: before, 1: bracket, 2: nameQuote = '', 3: name = '', index }: RegExpExecArray): Span | undefined {
  if (!isSecretName(name)) return undefined;
  const span = valueSpan(text, index + before.length, nameQuote);
  if (span === undefined) return undefined;
  const isPair = bracket !== ',' && END_OF_TUPLE.test(text.slice(span.end, span.end + 16));
  return isPair || name.startsWith('-') || HEADER.test(name) ? span : undefined;
}

function pairSpan(text: string, { 0: whole, 1: name = '', index }: RegExpExecArray): Span | undefined {
  if (!isSecretName(name) || (/^type/i.test(whole) && !/password/i.test(name))) return undefined;
  const end = index + whole.length;
  const after = PAIR_VALUE.exec(text.slice(end, end + PAIR));
  if (after !== null) return valueSpan(text, end + after[0].length, after[1] ?? '');
  const from = Math.max(0, index - PAIR);
  const before = PAIR_VALUE_BEFORE.exec(text.slice(from, index));
  return before === null ? undefined : valueSpan(text, from + before.index + before[0].length, before[1] ?? '');
}

/**
 * The end of a value is searched only if everything before it will be redacted, or within a short distance: otherwise the same text would be searched
 * repeatedly.
 *
 * @param nameQuote the quote after the name: in JSON, a mark in place of a number needs the same quotes
 */
function valueSpan(
  text: string,
  start: number,
  nameQuote: string,
  endOf = (from: number): number => endOfWords(text, from),
): Span | undefined {
  const quote = openingQuote(text, start);
  if (quote !== undefined) return spanOf(text, quote.contentStart, endOfQuoted(text, quote));
  const head = text.slice(start, start + PAIR);
  const list = FLAT_LIST.exec(head) ?? NUMBERS.exec(text.slice(start));
  if (list !== null) return { start: start + 1, end: start + list[0].length - 1, mark: `${nameQuote}${MARK}${nameQuote}` };
  if (STRUCTURE.test(head)) return undefined;
  return spanOf(text, start, endOf(start), `${nameQuote}${MARK}${nameQuote}`);
}

/** A value that consists of marks is left unchanged. If it only starts with a mark, the mark may be forged, and the value is redacted. */
function spanOf(text: string, start: number, end: number, mark = MARK): Span | undefined {
  return end - start <= LONGEST_MARKS && NOTHING.test(text.slice(start, end)) ? undefined : { start, end, mark };
}

/** A short list of quoted strings and other scalars, without marks. */
const FLAT_LIST = /^\[\s*(?:\\{0,7}["'`]|-?\d|true|false|null)[^[\]{}]*\]/;
/** A list of numbers of any length, such as the bytes of a key. It ends at the first other character, so it is searched once. */
const NUMBERS = /^\[\s*[-\d][\s\d.,eE+-]*\]/;
/** An object or array: its keys are matched separately. */
const STRUCTURE = /^[[{]\s*(?:["'`\\[\]{}]|$)/;
/**
 * Values without a secret: empty literals and marks. Several consecutive marks result from a value with several matches. The length of a mark's name
 * is limited, since a longer one may be forged: every number and key that a rule searches for is longer.
 */
const NOTHING = /^(?:null|true|false|undefined|(?:\[redacted:[\w-]{1,10}\]-*)+)?$/;
const LONGEST_MARKS = 400;
