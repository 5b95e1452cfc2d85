/** Whether a value of this name is a secret, by the name's last word. Camel, snake and kebab case. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name) || SHORT_SECRET.test(name);
}

/**
 * Whether what stands at a dotted path is a secret: by its last key, those of arrays aside, or as a part of something that holds nothing
 * else.
 */
export function isSecretPath(path: string): boolean {
  return SECRET.test(path) || SHORT_SECRET.test(path) || INSIDE_SECRETS.test(path);
}

/** `tokens` is missing: those of language models are counted everywhere. */
const NAME =
  /(?:(?:passw(?:or)?d|passphrase|passcode|secret|credential|jwt|api[-_ ]?key|(?:access|account|auth|encryption|master|private|secret|shared|signing)[-_ ]?key)s?|pwd|token|cookie|authorization|connection[-_ ]?string|pin[-_ ]?code|phpsessid|jsessionid|connect\.sid)(?:[-_ ]?(?:hash|value|confirm(?:ation)?))?\d*/;

/** Read backwards from the end, which is found at once; forwards, each letter might begin one of the words. */
const SECRET = /* @__PURE__ */ new RegExp(
  `$(?<=(?:${NAME.source}|signature(?:[-_ ]?(?:hash|value|confirm(?:ation)?))?\\d*)(?:\\.\\d{1,9})*)`,
  'i',
);

/** Too short to be looked for inside a word: they are one. */
const SHORT_SECRET =
  /$(?<=(?:(?:^|[^A-Za-z])(?:[Pp]ass|PASS|[Aa]uth|AUTH|sig|SIG|otp|OTP|cvv|CVV|cvc|CVC|cookies)|[a-z](?:Pass|Auth|Sig|Otp|OTP|Cvv|CVV|Cvc|CVC))\d*(?:\.\d{1,9})*)/;

/** `auth`, `pass`, `sig` and `signature` are missing: they hold much that is no secret. Read backwards from each dot. */
const INSIDE_SECRETS = /* @__PURE__ */ new RegExp(`\\.(?<=(?:${NAME.source}|\\.(?:cookies|cvc2?|cvv2?|otp))\\.)`, 'i');
