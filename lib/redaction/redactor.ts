import { formatValue } from '../internal/check-option.js';
import { mapStrings, type Replace } from '../internal/map-strings.js';
import { mayHide } from './reveal.js';
import { forPlainText, joined, type RedactionRule, type RedactionRules } from './rule.js';

const REDACTED = ['data', 'metadata'] as const;

/** Returns a redacted copy of an event. */
export type Redactor = <E extends { readonly data: unknown; readonly metadata: object }>(event: E) => E;

/**
 * Applies the rules, in order, to a snapshot of an event's `data` and `metadata`.
 *
 * @param onRedacted called with the path of each string or number that a rule changed
 */
export function createRedactor(rules: RedactionRules, onRedacted?: (path: string) => void): Redactor {
  const forNumbers = rules.filter(({ numbers }) => numbers === true);
  const named = rules.filter(({ matchesName }) => matchesName !== undefined);
  const replace = textRedactor(rules, onRedacted);
  const options = {
    replaceNumber: forNumbers.length === 0 ? undefined : textRedactor(forNumbers, onRedacted),
    isPairName: named.length === 0 ? undefined : (name: string) => named.some((rule) => rule.matchesName?.(name)),
  };
  return (event) => mapStrings(event, REDACTED, replace, options);
}

/** Like `createRedactor`, for one string. */
export function textRedactor(rules: RedactionRules, onRedacted?: (path: string) => void): Replace {
  const chain = joined(rules);
  const forPlain = chain.map(forPlainText);
  return (text, path) => {
    let redacted = text;
    for (const rule of mayHide(text) ? chain : forPlain) redacted = applied(rule, redacted, path);
    if (redacted !== text) onRedacted?.(path);
    return redacted;
  };
}

function applied(rule: RedactionRule, text: string, path: string): string {
  const redacted: unknown = rule.redact(text, path);
  if (typeof redacted === 'string') return redacted;
  // Not the value: a number may be what the rule looks for.
  const got = typeof redacted === 'number' || typeof redacted === 'bigint' ? `a ${typeof redacted}` : formatValue(redacted);
  throw new TypeError(`Expected the redaction rule \`${rule.name}\` to return a string, got ${got}`);
}
