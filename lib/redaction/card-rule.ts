import { builtIn, type RedactionRule } from './rule.js';
import { endOfUuid, endsNumber, startsNumber } from './spans.js';

/**
 * Redacts payment card numbers: a known network's prefix and length, and a valid check digit; in one piece, or in groups of 3 to 7 digits with one
 * space, hyphen, `+` or `%20` in between, or with points. UUIDs are not redacted.
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
  numbers: true,
  redact: (value) => (value.length < MIN_DIGITS ? value : value.replace(RUN, redactRun)),
});

const MIN_DIGITS = 12;
const MAX_DIGITS = 19;
/** Digits and possible separators; a loop over single characters, which the engine runs without a stack. */
const RUN = /\d[\d \-+%.\u00a0\u2000-\u200a\u202f]{10,}\d/g;
/** Escapes of a URL end a group; only the escape of a space may occur inside a card number. */
const SEPARATOR = /(%\d{0,2}|[ \-+.\u00a0\u2000-\u200a\u202f])/;
const JOINS = /^(?:%20|[^%])$/;
const PIECE = /^\d{12,19}$/;
const GROUP = /^\d{3,7}$/;

/** Redacts the card numbers in a run. They start and end with a group: a part of a longer number is not a card number. */
function redactRun(run: string, offset: number, text: string): string {
  const inUuid = endOfUuid(text, offset) - offset;
  if (inUuid > 0)
    return run.slice(0, inUuid) + run.slice(inUuid).replace(RUN, (rest, at: number) => redactRun(rest, offset + inUuid + at, text));
  const escaped = text.charAt(offset - 1) === '%' ? 2 : 0;
  // Groups at even indexes, separators at odd ones.
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

/** The last group of the longest card that starts with the group at `first`; -1 if none does. Groups are separated by points either everywhere or nowhere. */
function endOfCard(parts: readonly string[], first: number, last: number): number {
  const start = parts[first] ?? '';
  if (first > last || (isPoint(parts[first - 1]) && parts[first - 2] !== '')) return -1;
  if (PIECE.test(start)) return isCard(start) && endsAt(parts, first) ? first : -1;
  let end = -1;
  let digits = '';
  let joint: string | undefined;
  for (let index = first; index <= last; index += 2) {
    const group = parts[index] ?? '';
    if (!GROUP.test(group) || digits.length + group.length > MAX_DIGITS) break;
    digits += group;
    if (isCard(digits) && endsAt(parts, index)) end = index;
    const next = parts[index + 1] ?? '';
    if (!JOINS.test(next) || (joint !== undefined && isPoint(joint) !== isPoint(next))) break;
    joint = next;
  }
  return end;
}

/** Whether a card may end at a group: not before a point with more digits, which belong to a longer number. */
const endsAt = (parts: readonly string[], index: number): boolean => !isPoint(parts[index + 1]) || parts[index + 2] === '';
const isPoint = (separator: string | undefined): boolean => separator === '.';

const isCard = (digits: string): boolean =>
  digits.length >= MIN_DIGITS &&
  NETWORKS.test(digits) &&
  isMultipleOfTen(digits, luhn) &&
  !(BARCODE.test(digits) && isMultipleOfTen(digits, gtin));

/** Visa; Mastercard; American Express; Diners Club; JCB; Mir; Discover, RuPay and UnionPay; Dankort; UATP; Maestro. */
const NETWORKS =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|3(?:0[0-59]|[689]\d)\d{11,16}|35\d{14,17}|(?:2131|1800)\d{11}|220[0-4]\d{12,15}|6(?:0\d\d|2\d\d|4[4-9]\d|5\d\d)\d{12,15}|5019\d{12}|1\d{14}|(?:50(?:18|20|38)|5[678]\d\d|6304|6390|67\d\d)(?:\d{8}|\d{10,15}))$/;
/**
 * Old Visa cards have the length of an EAN-13, some Maestro cards that of a UPC-A or GTIN-14. If such a number also has the check digit of a barcode,
 * it is treated as a barcode: every barcode has a valid one, but only a tenth of these cards.
 */
const BARCODE = /^(?:4\d{12}|(?:5[0678]|6)\d{11}(?:\d\d)?)$/;

/** Adds up the digits from the right, each with its weight. */
function isMultipleOfTen(digits: string, weigh: (digit: number, place: number) => number): boolean {
  let sum = 0;
  for (let place = 1; place <= digits.length; place += 1) sum += weigh(Number(digits.charAt(digits.length - place)), place);
  return sum % 10 === 0;
}

const luhn = (digit: number, place: number): number => (place % 2 === 1 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2);
/** GS1 General Specifications, section 7.9. */
const gtin = (digit: number, place: number): number => (place % 2 === 1 ? digit : digit * 3);
