import { builtIn, type RedactionRule } from './rule.js';
import { replaceSpans } from './spans.js';

/**
 * Redacts e-mail addresses, with a plain or URL-encoded `@`; the characters `+ . ' - _` may be encoded as well.
 *
 * Letters may be Latin, Greek or Cyrillic ones; quoted local parts and address literals (`"a b"@c`, `a@[1.2.3.4]`) are not recognised.
 *
 * @example
 * expect(redaction.email().redact('from=ada@example.org&to=bob%40example.org', '')).to.equal('from=[redacted:email]&to=[redacted:email]');
 */
export const email = (): RedactionRule => RULE;

const RULE = /* @__PURE__ */ builtIn({
  name: 'email',
  redact(value) {
    if (!value.includes('@') && !value.includes('%40')) return value;
    return replaceSpans(value, AT_HOST, '[redacted:email]', ({ 0: host, index }) => ({
      start: startOfLocal(value, index),
      end: index + host.length,
    }));
  },
});

/** Begins with the `@`, so that text without one is searched fast. Its loops are bounded. */
const AT_HOST =
  /(?:@|%40)(?<=[\w\u00c0-\u052f][.'+-]*(?:@|%40))(?:[\dA-Za-z\u00c0-\u052f-]{1,63}(?:\.|%2[Ee])){1,16}(?:xn--[\dA-Za-z-]{1,59}|[A-Za-z\u00c0-\u052f][\dA-Za-z\u00c0-\u052f]{1,62})(?![\dA-Za-z\u00c0-\u052f])/g;

/**
 * Searches backwards from the `@` for the start of the address. Each character between two `@` is read once, so the time is linear.
 *
 * The URL escape of a character that addresses can't contain is a boundary (`%3Dada@…`), and so is a JSON escape in a string (`\nada@…`).
 */
function startOfLocal(text: string, at: number): number {
  let start = at;
  for (let index = at - 1; index >= 0; index -= 1) {
    const isEscape = text.charAt(index - 2) === '%' && ESCAPE.test(text.slice(index - 2, index + 1));
    if (isEscape) {
      if (!ESCAPED_JOINT.test(text.slice(index - 1, index + 1))) break;
      index -= 2;
    } else if (LETTER.test(text.charAt(index))) start = index;
    else if (!JOINT.test(text.charAt(index))) break;
  }
  return JSON_ESCAPE.test(text.slice(Math.max(0, start - 1), start + 1)) ? start + 1 : start;
}

const LETTER = /[\w\u00c0-\u052f]/;
const JOINT = /[.'+-]/;
const ESCAPED_JOINT = /2[7BDE]|5F/i;
const ESCAPE = /%[\dA-F]{2}/i;
const JSON_ESCAPE = /^\\[bfnrt]/;
