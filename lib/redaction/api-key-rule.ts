import { builtIn, type RedactionRule } from './rule.js';
import { PEM } from './spans.js';

/**
 * Redacts credentials: API keys in published formats (Artifactory, AWS, Discord, GitHub, GitLab, Google, Hugging Face, Mailchimp, npm, OpenAI,
 * Anthropic, PyPI, SendGrid, Shopify, Slack, Stripe, Telegram, Twilio and others), JSON Web Tokens, bearer tokens, and private keys in PEM.
 *
 * After `Bearer`, 24 or more letters without digits count as a token; fewer may be English words and are not redacted.
 *
 * @example
 * expect(redaction.apiKey().redact('Authorization: Bearer abc123def456', '')).to.equal('Authorization: Bearer [redacted:api-key]');
 */
export const apiKey = (): RedactionRule => RULE;

const RULE = /* @__PURE__ */ builtIn({
  name: 'api-key',
  redact(value) {
    if (value.length < SHORTEST) return value;
    const rest = value.replace(PEM, '[redacted:api-key]').replace(BEARER, redactBearer);
    return KEY.test(rest) ? rest.replace(WHOLE_KEY, '[redacted:api-key]') : rest;
  },
});

/** Length of the shortest match: `Bearer`, a blank and a token of eight characters. */
const SHORTEST = 15;

/** RFC 6750, section 2.1. */
const BEARER = /\b(bearer(?:[ \t+]|%20){1,4})([\w.~+/-]{8,}=*)/gi;
/** Matches tokens, but not words, as in `bearer certificate`. */
const TOKEN_LIKE = /\d|[.~+/=][\w-]|=$|^.{24}/;

const redactBearer = (whole: string, scheme: string, token: string): string =>
  TOKEN_LIKE.test(token) ? `${scheme}[redacted:api-key]` : whole;

/**
 * Keys with published prefixes. The prefix of a JSON Web Token (RFC 7519) may also occur inside a token, so it must be at the start of a word:
 * otherwise hostile text would be searched again from each occurrence.
 */
const KEY =
  /A(?:KIA|SIA|BIA|CCA)[A-Z\d]{16}|gh[oprsu]_[\dA-Za-z]{36,}|github_pat_\w{22,}|gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct|wt)-[\w-]{20,}(?:\.[\da-z]{2}\.[\da-z]{9})?|GR1348941[\w-]{20,}|AKCp[\dA-Za-z]{10,}|cmVmdGtuO[\dA-Za-z]{40,}|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,45}|mfa\.[\w-]{20,}|discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/[\w-]{60,}|(?:AC|SK)[\da-f]{32}|[\da-f]{32}-us\d{1,2}|key-[\da-f]{32}|hv[bs]\.[\w-]{24,}|glsa_[\dA-Za-z]{32}_[\da-f]{8}|sq0(?:atp|csp|idp)-[\w-]{22,}|xkeysib-[\da-f]{64}-[\dA-Za-z]{16}|lin_api_[\dA-Za-z]{40}|PMAK-[\da-f]{24}-[\da-f]{34}|NRAK-[\dA-Z]{27}|AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{28}|hf_[\dA-Za-z]{30,}|npm_[\dA-Za-z]{36}|pypi-[\w-]{50,}|sk-[\w-]{20,}|[prs]k_(?:live|test)_[\dA-Za-z]{10,}|whsec_[\dA-Za-z+/]{20,}={0,2}|SG\.[\w-]{16,}\.[\w-]{16,}|shp(?:at|ca|pa|ss)_[\da-f]{32}|do[opr]_v1_[\da-f]{64}|xox[abeoprs]-[\dA-Za-z-]{10,}|xapp-[\dA-Za-z-]{10,}|hooks\.slack\.com\/services\/[\w/]{20,}|\d{8,10}:AA[\w-]{33}|eyJ(?<=(?:^|[^%\w-]|\\[bfnrt]|%[\dA-Fa-f]{2})eyJ)[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*){1,3}/;
/** Keys that start and end a word. Used only after `KEY` has found one: the lookbehind would be slow for texts without keys. */
const WHOLE_KEY = /* @__PURE__ */ (() =>
  new RegExp(`(?<=^|[^%\\dA-Za-z]|\\\\[bfnrt]|%[\\dA-Fa-f]{2})(?:${KEY.source})(?![\\dA-Za-z])`, 'g'))();
