import { anArray, checkArgument, oneOf, type Expectation } from '../internal/check-option.js';
import { optionsOf } from '../internal/options.js';
import { apiKey } from './api-key-rule.js';
import { card } from './card-rule.js';
import { email } from './email-rule.js';
import { iban } from './iban-rule.js';
import { ip } from './ip-rule.js';
import type { RedactionRule, RedactionRules } from './rule.js';
import { secret } from './secret-rule.js';
import { ssn } from './ssn-rule.js';

/** The kinds that `defaultRedaction` redacts. */
export type DefaultRedactionName = 'secret' | 'api-key' | 'email' | 'iban' | 'card' | 'ssn' | 'ip';

export interface DefaultRedactionOptions {
  /** Names of rules to leave out. @default none */
  readonly without?: readonly DefaultRedactionName[] | undefined;
  /** Your own rules. A rule with the name of a default one replaces it; the others are added at the end, in order. @default none */
  readonly with?: RedactionRules | undefined;
}

const OPTIONS = /* @__PURE__ */ optionsOf<DefaultRedactionOptions>(() => ({ without: [anArray, []], with: [anArray, []] }));

/**
 * Rules for data that rarely belongs in analytics: secrets by name, API keys and tokens, e-mail addresses, IBANs, card numbers, US social security
 * numbers and IP addresses. Each replaces its matches by `[redacted:name]`, and leaves existing marks unchanged.
 *
 * All of them take linear time on any input, keep no state, and are idempotent.
 *
 * @throws TypeError for an invalid or unknown option, for an unknown name in `without`, and for an invalid rule or duplicate name in `with`
 * @example
 * const ticket = { name: 'ticket', redact: (value: string) => value.replace(/T-\d+/g, '[redacted:ticket]') };
 * const rules = defaultRedaction({ without: ['ip'], with: [ticket] });
 * const clean = rules.reduce((value, rule) => rule.redact(value, 'data.message'), 'T-1000 for ada@example.org from 192.0.2.7');
 * expect(clean).to.equal('[redacted:ticket] for [redacted:email] from 192.0.2.7');
 */
export function defaultRedaction(options: DefaultRedactionOptions = {}): RedactionRules {
  const { without, with: own } = OPTIONS.parse(options);
  const rules = new Map<string, RedactionRule>(inOrder().map((rule) => [rule.name, rule]));
  const names = [...rules.keys()];
  for (const [index, name] of without.entries()) {
    checkArgument(`without[${String(index)}]`, name, oneOf(names));
    rules.delete(name);
  }
  const ownNames = new Set<string>();
  for (const [index, rule] of own.entries()) {
    checkArgument(`with[${String(index)}]`, rule, aRule);
    checkArgument(`with[${String(index)}].name`, rule.name, aNewName(ownNames));
    ownNames.add(rule.name);
    rules.set(rule.name, rule);
  }
  return Object.freeze([...rules.values()]);
}

/**
 * Rules whose matches may be followed by any character run before rules whose matches need a word boundary: otherwise a mark could create a match for
 * an earlier rule. IBANs before cards, since an IBAN may contain digits that look like a card number.
 */
const inOrder = (): RedactionRule[] => [secret(), apiKey(), email(), iban(), card(), ssn(), ip()];

const aRule: Expectation = {
  expected: 'a redaction rule: { name, redact }',
  accepts: (value) => {
    const { name, redact } = (value ?? {}) as { readonly name?: unknown; readonly redact?: unknown };
    return typeof name === 'string' && name !== '' && typeof redact === 'function';
  },
};

const aNewName = (taken: ReadonlySet<string>): Expectation => ({
  expected: 'a name that no other rule has',
  accepts: (value) => !taken.has(value as string),
});
