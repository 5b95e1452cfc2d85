import { expect } from 'chai';
import { textRedactor } from '../../lib/redaction/redactor.js';
import type { RedactionRule, RedactionRules } from '../../lib/redaction/rule.js';

/** The result of a chain of rules for a string. */
export const redactAll = (rules: RedactionRules, value: string, path = 'data.text'): string => textRedactor(rules)(value, path);

/** Asserts the result of a rule for each text, and that applying it again changes nothing. */
export function expectRedacted(rule: RedactionRule, texts: Readonly<Record<string, string>>): void {
  for (const [text, redacted] of Object.entries(texts)) {
    expect(rule.redact(text, 'data.text'), text).to.equal(redacted);
    expect(rule.redact(redacted, 'data.text'), `${text}, a second time`).to.equal(redacted);
  }
}

export function expectUntouched(rule: RedactionRule, texts: readonly string[]): void {
  for (const text of texts) expect(rule.redact(text, 'data.text')).to.equal(text);
}
