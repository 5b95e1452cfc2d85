import { expect } from 'chai';
import { defaultRedaction } from '../../lib/redaction/default-redaction.js';
import { joined, type RedactionRule } from '../../lib/redaction/rule.js';

const own = (name: string): RedactionRule => ({ name, redact: (value) => `${value} ${name}` });
const namesOf = (rules: readonly RedactionRule[]): string[] => joined(rules).map(({ name }) => name);

describe('joined', () => {
  const [secret, apiKey, email] = defaultRedaction() as [RedactionRule, RedactionRule, RedactionRule];

  it('has one rule for each run of built-in rules, and leaves the others in their place', () => {
    expect(namesOf([secret, apiKey, email])).to.deep.equal(['']);
    expect(namesOf([own('x'), secret, apiKey, own('y'), email, own('z')])).to.deep.equal(['x', '', 'y', '', 'z']);
    expect(namesOf([])).to.deep.equal([]);
    const redacted = joined([own('x'), secret, apiKey, own('y')]).reduce(
      (text, rule) => rule.redact(text, ''),
      'pin=1 AKIAIOSFODNN7EXAMPLE',
    );
    expect(redacted).to.equal('pin=[redacted:secret] [redacted:api-key] x y');
  });

  it('applies the rules of a run in order, then all of them to the decoded text', () => {
    const [run] = joined([apiKey, email]);
    expect(run?.redact('AKIAIOSFODNN7EXAMPLE ada@example.org', '')).to.equal('[redacted:api-key] [redacted:email]');
    expect(run?.redact('%2540AKIAIOSFODNN7EXAMPLE\u200bada@example.org', '')).to.equal('%40[redacted:api-key][redacted:email]');
    expect(run?.redact('100%25', '')).to.equal('100%25');
  });
});
