import { builtIn, type RedactionRule } from './rule.js';
import { endsNumber, MARK_START, startsNumber } from './spans.js';

/**
 * Redacts IP addresses: IPv4 in dotted decimal, and IPv6 in every form of RFC 4291 section 2.2. A port or prefix length is kept.
 *
 * A version with four parts looks like an IPv4 address and is redacted, too. Exceptions are values that consist of a version only under a key like
 * `appVersion`, and versions in user agents (`Chrome/120.0.0.0`, `rv:1.9.2.8`).
 *
 * @example
 * expect(redaction.ip().redact('http://192.0.2.7:8080 via [2001:db8::1]', '')).to.equal('http://[redacted:ip]:8080 via [[redacted:ip]]');
 */
export const ip = (): RedactionRule => RULE;

const RULE = /* @__PURE__ */ builtIn({
  name: 'ip',
  redact(value, path) {
    if (VERSION.test(value) && VERSION_KEY.test(path)) return value;
    const rest = value.indexOf(':') < value.lastIndexOf(':') ? value.replace(V6, redactV6) : value;
    return rest.includes('.') ? rest.replace(V4, redactV4) : rest;
  },
});

const V4 = /(?:25[0-5]|2[0-4]\d|[01]?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|[01]?\d?\d)){3}/g;
/** Matches `version` as a separate word, not as in `conversion`. */
const VERSION_KEY = /(?:(?:^|[^A-Za-z]|app|os|api|sdk|client|server|browser)[Vv]ersion|[A-Za-z\d]Version|(?:^|[^A-Za-z])VERSION)$/;
const VERSION = /^v?\d+(?:\.\d+){3}(?:[-+ ].{0,40})?$/;
const PRODUCT = /[A-Za-z]\/$/;
const REVISION = /(?:^|[^A-Za-z])rv:$/;

function redactV4(address: string, offset: number, text: string): string {
  if (!startsNumber(text, offset) || !endsNumber(text, offset + address.length)) return address;
  const before = text.slice(Math.max(0, offset - 4), offset);
  const isVersion = REVISION.test(before) || (address.endsWith('.0.0.0') && PRODUCT.test(before));
  return isVersion ? address : '[redacted:ip]';
}

/** A candidate; `isV6` checks it. */
const V6 = /(?:[\da-f]{0,4}:){2,8}(?:(?:\d{1,3}\.){3}\d{1,3}|[\da-f]{1,4}|(?<=::))/gi;
const V6_GOES_ON = /^:(?:[\dA-Fa-f:]|\[redacted:)/;

function redactV6(address: string, offset: number, text: string): string {
  const end = offset + address.length;
  const isWhole =
    startsNumber(text, offset) &&
    text.charAt(offset - 1) !== ':' &&
    endsNumber(text, end) &&
    !V6_GOES_ON.test(text.slice(end, end + MARK_START.length + 1));
  return isWhole && isV6(address) ? '[redacted:ip]' : address;
}

function isV6(address: string): boolean {
  const [before = '', after, ...more] = address.split('::');
  if (more.length > 0) return false;
  const groups = `${before}:${after ?? ''}`.split(':').filter((group) => group !== '');
  const count = groups.length + (address.includes('.') ? 1 : 0);
  if (after === undefined) return count === 8 && !address.startsWith(':');
  // `::` stands for at least one group; alone it is an operator of some languages, not an address.
  return count > 0 && count < 8 && !before.startsWith(':') && !before.endsWith(':') && !after.startsWith(':');
}
