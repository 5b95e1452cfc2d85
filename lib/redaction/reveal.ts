/**
 * Returns `text` with the characters that rules search for in their plain form. Zero-width characters are removed; full-width and other compatibility
 * forms, typographic spaces and dashes become ASCII; repeated percent-encoding becomes single, letters and digits are decoded completely; HTML
 * entities and JSON's `\u0040` are decoded.
 *
 * @returns the same text if nothing is encoded
 */
export function reveal(text: string): string {
  if (!mayHide(text)) return text;
  let result = text;
  // One encoding may hide another, for instance an entity that stands for a percent sign. Deeper nesting is not decoded.
  for (let layer = 0; layer < MAX_LAYERS && HIDING.test(result); layer += 1) {
    const plain = revealLayer(result);
    if (plain === result) break;
    result = plain;
  }
  return result;
}

/** Whether `reveal` might change a text. */
export const mayHide = (text: string): boolean => UNUSUAL.test(text);

const MAX_LAYERS = 6;

/** Matches characters that may be part of an encoding. Most texts contain none of them, so only this search is needed. */
const UNUSUAL = /[%&\\\u00a0\u00ad\u034f-\uffff]/;

const HIDING =
  /[\u1680\u00a0\u00ad\u034f\u061c\u180e\u2000-\u2015\u2024\u2028-\u202f\u205f-\u209c\u2212\u2460-\u24ff\u3000\u3002\ufb00-\ufb06\ufe00-\ufe0f\ufe50-\ufeff\uff01-\uff61\ud835]|%(?:25|[46][1-9A-Fa-f]|[57][\dAa]|3\d|2[DdEe]|5[Ff]|7[Ee]|[Ee](?:2%|[Ff]%))|&(?:#|[A-Za-z]{2,14};)|\\u[\dA-Fa-f]{4}/;

function revealLayer(text: string): string {
  const decoded = text.replace(JSON_ESCAPE, fromJson).replace(ENTITY, fromEntity).replace(PERCENT, fromPercent);
  return HIDING.test(decoded)
    ? decoded.replace(ZERO_WIDTH, '').normalize('NFKC').replace(DASH, '-').replace(SPACE, ' ').replaceAll('\u3002', '.')
    : decoded;
}

const ZERO_WIDTH = /[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g;
const DASH = /[\u2010-\u2015\u2212]/g;
/** White space other than blanks, tabs and line breaks, such as a no-break space. */
export const SPACE = /[^\S \t\r\n]/g;

/** JSON escapes of ASCII characters that need none, of no-break spaces, and of characters that start an encoding. */
const JSON_ESCAPE = /\\{1,16}u(00[2-7][\dA-Fa-f]|00[Aa][0Dd]|[2Ff][\dEeFf][\dA-Fa-f]{2})/g;

function fromJson(whole: string, hex: string): string {
  const character = String.fromCharCode(Number.parseInt(hex, 16));
  return character === '"' || character === '\\' ? whole : character;
}

/** HTML entities. Named ones are included if they stand for ASCII or for an invisible character; a preceding `&amp;` is another layer. */
const ENTITY = /&(?:amp;|#0{0,6}38;|#[Xx]0{0,6}26;)*(?:#(\d{1,9})|#[Xx]([\dA-Fa-f]{1,8})|([A-Za-z]{2,14}));/g;

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  colon: ':',
  comma: ',',
  commat: '@',
  dash: '-',
  equals: '=',
  gt: '>',
  hyphen: '-',
  lbrack: '[',
  lowbar: '_',
  lpar: '(',
  lsqb: '[',
  lt: '<',
  nbsp: ' ',
  percnt: '%',
  period: '.',
  plus: '+',
  quot: '"',
  rbrack: ']',
  rpar: ')',
  rsqb: ']',
  semi: ';',
  shy: '',
  sol: '/',
  thinsp: ' ',
  ZeroWidthSpace: '',
  zwj: '',
  zwnj: '',
};

function fromEntity(whole: string, decimal: string | undefined, hex: string | undefined, name: string | undefined): string {
  if (name !== undefined) return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? '') : whole;
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code > 8 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
}

/** The percent-encoding of a letter, digit or `-._~` (RFC 3986, section 2.3) or of one of the characters above in UTF-8, and any repeated encoding. */
const PERCENT =
  /%(?:25)*(?:(4[1-9A-Fa-f]|6[1-9A-Fa-f]|[57][\dAa]|3\d|2[DdEe]|5[Ff]|7[Ee])|([Ee]2%(?:25)*8[01]%(?:25)*[89ABab][\dA-Fa-f]|[Ee][Ff]%(?:25)*[Bb][BbCcDd]%(?:25)*[89ABab][\dA-Fa-f])|([\dA-Fa-f]{2}))/g;

function fromPercent(_whole: string, ascii: string | undefined, utf8: string | undefined, other = ''): string {
  if (ascii !== undefined) return String.fromCharCode(Number.parseInt(ascii, 16));
  return utf8 === undefined ? `%${other}` : decodeURIComponent(`%${utf8.replaceAll('%25', '%')}`);
}
