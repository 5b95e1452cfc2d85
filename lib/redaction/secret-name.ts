import { reveal } from './reveal.js';

/**
 * Whether a value with this name is a secret, by the last word of the name; words about the origin of the value are ignored (`password_field`,
 * `passwordInput`, `user[password][]`, `New password:`). Names may be in camel, snake or kebab case.
 */
export function isSecretName(name: string): boolean {
  return HINT.test(name) && (SECRET.test(name) || SHORT_SECRET.test(name)) && !MARK.test(name);
}

/** Whether the value at a dotted path is a secret, by its last key (ignoring indices) or because it is inside such a value. */
export function isSecretPath(path: string): boolean {
  const plain = plainName(path);
  return HINT.test(plain) && (isSecretName(plain) || INSIDE_SECRETS.test(plain));
}

/** Decodes a name or path, including encoded brackets of form fields. */
export function plainName(name: string): string {
  const plain = reveal(name);
  return plain.includes('%') ? plain.replace(/%5[Bb]/g, '[').replace(/%5[Dd]/g, ']') : plain;
}

/** Every name of a secret contains one of these. This search takes a twentieth of the time of the full search, and excludes most names. */
export const HINT =
  /pass|pwd|pw|secret|token|key|cookie|auth|sig|otp|cv[cv]|jwt|credential|string|code|sess|sid|pin|[cx]srf|bearer|phrase|answer|psk/i;

/** `tokens` alone is not included: it is commonly a count of a language model's tokens. */
const NAME =
  '(?:(?:passw(?:or)?d|passphrase|passcode|passkey|secret|credential|jwt|bearer|api[-_ ]?key|' +
  '(?:access|account|auth|encryption|hmac|master|private|secret|session|shared|signing)[-_ ]?key|' +
  '(?:access|api|auth|bearer|csrf|device|refresh|reset|session|xsrf)[-_ ]?token|' +
  '(?:2fa|access|auth(?:entication|orization)?|backup|cv[cv]|login|mfa|one[-_ ]?time|otp|pin|recovery|reset|security|sms|totp|two[-_ ]?factor|verification)[-_ ]?code|' +
  '(?:backup|recovery|secret|seed)[-_ ]?phrase|(?:secret|security)[-_ ]?answer|sess(?:ion)?[-_ ]?id)s?|' +
  'pwd|token|cookie|authorization|csrf|xsrf|connection[-_ ]?string|code[-_ ]?verifier|pin[-_ ]?(?:no|number))';

/** Words that may follow the name of a secret. */
const SUFFIXES =
  'again|arg|base64|box|clear|confirm|confirmation|control|current|data|digest|encoded|encrypted|env|field|hash|hashed|header|input|' +
  'new|old|param|parameter|plain|plaintext|prev|previous|raw|repeat|string|text|txt|val|value|var|verify';

/** Matches a mark that has replaced a key: it is not a name. */
const MARK = /\[redacted:[\w-]{1,30}\](?:_\d+)?$/;

/** Matches indices, the brackets of form fields, and the punctuation of labels. */
const CLOSING = '(?:\\.\\d{1,9}|\\[\\d{0,9}\\]?|["\'`]?\\]|[ \\t]?[:*?])*';

/** Matches the words that may follow a name, in any case. */
const AFTER = /* @__PURE__ */ (() => {
  const tail = SUFFIXES.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
  return `\\d*(?:[-_ ]?(?:${tail})\\d*){0,4}`;
})();

/** A lookbehind from the end of the name, which is found immediately; searching forwards would try the words at each letter. */
const SECRET = /* @__PURE__ */ (() => new RegExp(`$(?<=(?:${NAME}|signature)${AFTER}${CLOSING})`, 'i'))();

/** Names that are too short to be searched for inside a word: they must be a complete word. */
const SHORT_SECRET = /* @__PURE__ */ shortSecret(['pass', 'auth', 'sig', 'otp', 'totp', 'hotp', 'cvv', 'cvc', 'pin', 'sid', 'pw', 'psk']);

function shortSecret(words: readonly string[]): RegExp {
  const capitals = words.flatMap((word) => [word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()]).join('|');
  const whole = `(?<![A-Za-z])(?:${words.join('|')}|${capitals}|cookies)|(?<=[a-z\\d])(?:${capitals})`;
  return new RegExp(`$(?<=(?:${whole})${AFTER}${CLOSING})`);
}

/** `auth`, `pass`, `sig` and `signature` are not included: such objects often contain other data. A lookbehind from each dot. */
const INSIDE_SECRETS = /* @__PURE__ */ (() =>
  new RegExp(`\\.(?<=(?:${NAME}${AFTER}|\\.(?:cookies|cvc2?|cvv2?|otp|pin|psk|pw|sid|totp))(?:\\[\\d{0,9}\\]|["'\`]?\\])*\\.)`, 'i'))();
