import { anArray, anObject, checkArgument, oneOf, type Expectation } from '../internal/check-option.js';
import { apiKey } from './api-key-rule.js';
import { card } from './card-rule.js';
import { email } from './email-rule.js';
import { iban } from './iban-rule.js';
import { ip } from './ip-rule.js';
import type { RedactionRule, RedactionRules } from './rule.js';
import { secret } from './secret-rule.js';
import { ssn } from './ssn-rule.js';

/** What `defaultRedaction` takes out unless told otherwise. */
export type DefaultRedactionName = 'secret' | 'api-key' | 'email' | 'iban' | 'card' | 'ssn' | 'ip';

export interface DefaultRedactionOptions {
  /** Rules to leave out, by name. @default none */
  readonly without?: readonly DefaultRedactionName[] | undefined;
  /** Rules of one's own. One with the name of a default rule takes its place; the others come last, in order. @default none */
  readonly with?: RedactionRules | undefined;
}

/**
 * The rules for what hardly ever belongs into analytics: secrets by name, API keys and tokens, e-mail addresses, IBANs, card numbers, US
 * social security numbers and IP addresses. Each puts `[redacted:name]` in place of what it finds, and leaves that mark alone.
 *
 * All of them take linear time on any input, keep nothing from one string to the next, and come to rest at once: redacting twice gives
 * what redacting once gave.
 *
 * @throws TypeError for options of the wrong kind, for an unknown name in `without`, and for a rule that is none or whose name comes twice in `with`
 * @example
 * const ticket = { name: 'ticket', redact: (value: string) => value.replace(/T-\d+/g, '[redacted:ticket]') };
 * const rules = defaultRedaction({ without: ['ip'], with: [ticket] });
 * const clean = rules.reduce((value, rule) => rule.redact(value, 'data.message'), 'T-1000 for ada@example.org from 192.0.2.7');
 * expect(clean).to.equal('[redacted:ticket] for [redacted:email] from 192.0.2.7');
 */
export function defaultRedaction(options: DefaultRedactionOptions = {}): RedactionRules {
  checkArgument('options', options, anObject);
  const { without = [], with: own = [] } = options;
  checkArgument('without', without, anArray);
  checkArgument('with', own, anArray);
  const rules = new Map<string, RedactionRule>(inOrder().map((rule) => [rule.name, rule]));
  const names = [...rules.keys()];
  for (const name of without) {
    checkArgument('without', name, oneOf(names));
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
 * What ends in front of anything comes before what needs a gap: only so, no mark uncovers what an earlier rule has passed over. An IBAN
 * may hold what looks like a card.
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
