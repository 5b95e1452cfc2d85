import { builtIn, type RedactionRule } from './rule.js';
import { endsNumber, startsNumber } from './spans.js';

/**
 * Takes out payment card numbers: a known network's prefix and length, and a valid check digit; in one piece, or in groups of 3 to 7
 * digits with one space, hyphen, `+` or `%20` in between.
 *
 * The check digit is that of ISO/IEC 7812-1 annex B (Luhn, US patent 2,950,048, 1960).
 *
 * @example
 * expect(redaction.card().redact('4111 1111 1111 1111, exp 12/30', '')).to.equal('[redacted:card], exp 12/30');
 * expect(redaction.card().redact('4111 1111 1111 1112', '')).to.equal('4111 1111 1111 1112');
 */
export const card = (): RedactionRule => RULE;

const RULE = /* @__PURE__ */ builtIn({
  name: 'card',
  redact: (value) => (value.length < MIN_DIGITS ? value : value.replace(RUN, redactRun)),
});

const MIN_DIGITS = 12;
const MAX_DIGITS = 19;
/** Digits and what may stand between them; a loop over single characters, which the engine runs without a stack. */
const RUN = /\d[\d \-+%\u00a0]{10,}\d/g;
/** A URL's escapes end a group; only that of the space may stand inside a card. */
const SEPARATOR = /(%\d{0,2}|[ \-+\u00a0])/;
const JOINS = /^(?:%20|[^%])$/;
const PIECE = /^\d{12,19}$/;
const GROUP = /^\d{3,7}$/;

/** A card starts and ends with a group: part of a longer number is none. */
function redactRun(run: string, offset: number, text: string): string {
  const escaped = text.charAt(offset - 1) === '%' ? 2 : 0;
  // Groups at the even places, separators at the odd ones.
  const parts = run.slice(escaped).split(SEPARATOR);
  const first = startsNumber(text, offset + escaped) ? 0 : 2;
  const last = endsNumber(text, offset + run.length) ? parts.length - 1 : parts.length - 3;
  let result = run.slice(0, escaped) + parts.slice(0, first).join('');
  for (let index = first; index < parts.length; index += 2) {
    const end = endOfCard(parts, index, last);
    if (end < index) result += parts[index] ?? '';
    else result += '[redacted:card]';
    index = Math.max(index, end);
    result += parts[index + 1] ?? '';
  }
  return result;
}

/** The last group of the longest card that starts with the group at `first`; -1 if none does. */
function endOfCard(parts: readonly string[], first: number, last: number): number {
  const start = parts[first] ?? '';
  if (first > last) return -1;
  if (PIECE.test(start)) return isCard(start) ? first : -1;
  let end = -1;
  let digits = '';
  for (let index = first; index <= last; index += 2) {
    const group = parts[index] ?? '';
    if (!GROUP.test(group) || digits.length + group.length > MAX_DIGITS) break;
    digits += group;
    if (isCard(digits)) end = index;
    if (!JOINS.test(parts[index + 1] ?? '')) break;
  }
  return end;
}

const isCard = (digits: string): boolean => digits.length >= MIN_DIGITS && NETWORKS.test(digits) && hasValidCheckDigit(digits);

/** Visa; Mastercard; American Express; Diners Club; JCB; Mir; Discover, RuPay and UnionPay; Maestro. */
const NETWORKS =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|3(?:0[0-59]|[689]\d)\d{11,16}|35\d{14,17}|(?:2131|1800)\d{11}|220[0-4]\d{12,15}|6(?:0\d\d|2\d\d|4[4-9]\d|5\d\d)\d{12,15}|(?:50(?:18|20|38)|5[678]\d\d|6304|6390|67\d\d)\d{8,15})$/;

function hasValidCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let place = 1; place <= digits.length; place += 1) {
    const digit = Number(digits.charAt(digits.length - place));
    const doubled = place % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
