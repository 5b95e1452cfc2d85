import { builtIn, type RedactionRule } from './rule.js';
import { endOfUuid, endsWord, replaceSpans, startsWord } from './spans.js';

/**
 * Redacts international bank account numbers: a country of the register, its length, and valid check digits; in one piece, or in groups of four with
 * one space, hyphen, `+` or `%20` in between. Upper or lower case. UUIDs are not redacted.
 *
 * Source: ISO 13616-1 with the SWIFT IBAN register; check digits by ISO 7064, MOD 97-10.
 *
 * @example
 * expect(redaction.iban().redact('pay to GB29 NWBK 6016 1331 9268 19 today', '')).to.equal('pay to [redacted:iban] today');
 */
export const iban = (): RedactionRule => RULE;

const RULE = /* @__PURE__ */ builtIn({
  name: 'iban',
  redact(value) {
    if (value.length < SHORTEST) return value;
    return replaceSpans(value, COUNTRY_AND_CHECK, '[redacted:iban]', ({ 0: head, index }) => {
      const end = endOfIban(value, index, LENGTHS.indexOf(head.slice(0, 2).toUpperCase()));
      return end !== undefined && startsWord(value, index) && endOfUuid(value, index) === index ? { start: index, end } : undefined;
    });
  },
});

const COUNTRY_AND_CHECK = /[A-Za-z]{2}\d{2}/g;
/** The length of an IBAN, by country. */
const LENGTHS =
  'AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28' +
  'HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29' +
  'PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30';
const SHORTEST = 15;
const GROUP_LENGTH = 4;
const SEPARATOR = /^(?:%20|[ \-+\u00a0])/;
const LETTER_OR_DIGIT = /[\dA-Za-z]/;

function endOfIban(text: string, start: number, country: number): number | undefined {
  if (country < 0) return undefined;
  const length = Number(LENGTHS.slice(country + 2, country + 4));
  let iban = '';
  let index = start;
  while (iban.length < length) {
    if (iban.length % GROUP_LENGTH === 0 && iban !== '') index += SEPARATOR.exec(text.slice(index, index + 3))?.[0].length ?? 0;
    const character = text.charAt(index);
    if (!LETTER_OR_DIGIT.test(character)) return undefined;
    iban += character;
    index += 1;
  }
  return endsWord(text, index) && hasValidCheckDigits(iban) ? index : undefined;
}

/** Moves the first four characters to the end, and replaces letters by numbers from A = 10: the result modulo 97 must be 1. */
function hasValidCheckDigits(iban: string): boolean {
  let remainder = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const number = Number.parseInt(character, 36);
    remainder = (remainder * (number > 9 ? 100 : 10) + number) % 97;
  }
  return remainder === 1;
}
