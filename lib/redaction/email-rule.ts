import { builtIn, type RedactionRule } from './rule.js';
import { replaceSpans } from './spans.js';

/**
 * Takes out e-mail addresses, with a plain or URL-encoded `@`.
 *
 * Letters may be Latin, Greek or Cyrillic ones; quoted local parts and address literals (`"a b"@c`, `a@[1.2.3.4]`) are not recognised.
 *
 * @example
 * expect(emailRule.redact('from=ada@example.org&to=bob%40example.org', '')).to.equal('from=[redacted:email]&to=[redacted:email]');
 */
export const emailRule: RedactionRule = /* @__PURE__ */ builtIn({
  name: 'email',
  redact(value) {
    if (!value.includes('@') && !value.includes('%40')) return value;
    return replaceSpans(value, ADDRESS, '[redacted:email]', ({ 0: host, 1: local = '', index }) => ({
      start: index - local.length + escapeLength(value, index - local.length),
      end: index + host.length,
    }));
  },
});

/**
 * Looks backwards from the `@`, so that text without one costs nothing. Between two of them each character is looked at once: linear. Its
 * loops are over single characters, which the engine runs without a stack.
 */
const ADDRESS =
  /(?:@|%40)(?<=([\w\u00c0-\u052f][\w\u00c0-\u052f.'+-]*)(?:@|%40))(?:[\dA-Za-z\u00c0-\u052f-]{1,63}\.){1,16}(?:xn--[\dA-Za-z-]{1,59}|[A-Za-z\u00c0-\u052f][\dA-Za-z\u00c0-\u052f]{1,62})(?![\dA-Za-z\u00c0-\u052f])/g;

/** What looks like the address's beginning may be the end of an escape: `\nada@…` in JSON within a string, `%3Dada@…` in a URL. */
function escapeLength(text: string, start: number): number {
  return ESCAPE.exec(text.slice(Math.max(0, start - 1), start + 2))?.[0].slice(1).length ?? 0;
}

const ESCAPE = /^(?:\\[bfnrt]|%[\dA-Fa-f]{2})/;
