import { expect } from 'chai';
import { defaultRedaction } from '../../lib/redaction/default-redaction.js';
import { createRedactor, textRedactor } from '../../lib/redaction/redactor.js';
import type { RedactionRule, RedactionRules } from '../../lib/redaction/rule.js';

const rule = (redact: RedactionRule['redact'], others: Partial<RedactionRule> = {}): RedactionRule => ({ name: 'own', redact, ...others });
const noDigits = rule((value) => value.replace(/\d/g, '#'));
const returning = (result: unknown): RedactionRule => rule(() => result as string);

/** The data after redaction, and the paths that were reported. */
function redacted(rules: RedactionRules, data: unknown): readonly [data: unknown, paths: readonly string[]] {
  const paths: string[] = [];
  const result = createRedactor(rules, (path) => paths.push(path))({ data, metadata: {} });
  return [result.data, paths];
}

describe('createRedactor', () => {
  it('reports the path of each string that was changed, and of the names of keys', () => {
    const data = { list: ['a', '1'], user: { phone: '555', line2: 'x' }, text: 'none' };
    expect(redacted([noDigits], data)).to.deep.equal([
      { list: ['a', '#'], user: { phone: '###', 'line#': 'x' }, text: 'none' },
      ['data.list.1', 'data.user.*', 'data.user.phone'],
    ]);
  });

  it('reports a string once, whichever rules changed it, and not if they restored it', () => {
    const swap = rule((value) => [...value].reverse().join(''));
    expect(redacted([noDigits, rule((value) => `${value}!`)], '1')).to.deep.equal(['#!', ['data']]);
    expect(redacted([swap, swap], 'ab')).to.deep.equal(['ab', []]);
  });

  it('reports paths of `data` and of `metadata`', () => {
    const paths: string[] = [];
    createRedactor([noDigits], (path) => paths.push(path))({ data: '1', metadata: { phone: '2', os: 'x' } });
    expect(paths).to.deep.equal(['data', 'metadata.phone']);
  });

  it('applies the rules with `numbers` to numbers, in order, and reports those that they replaced', () => {
    const calls: string[] = [];
    const step = (name: string, from: string, numbers?: boolean): RedactionRule =>
      rule(
        (value) => {
          calls.push(`${name} ${value}`);
          return value.replace(from, name);
        },
        { numbers },
      );
    const rules = [step('a', '1', true), step('b', '2'), step('c', '2', true), step('d', '3', false)];
    expect(redacted(rules, [123, 45n])).to.deep.equal([['ac3', 45n], ['data.0']]);
    expect(calls).to.deep.equal(['a 123', 'c a23', 'a 45', 'c 45']);
  });

  it('uses the name of a pair as the path of its value if any rule accepts it', () => {
    const seen: string[] = [];
    const spy = rule((value, path) => (seen.push(path), value), { matchesName: (name) => name === 'pin' });
    const other = rule((value) => value, { matchesName: (name) => name === 'otp' });
    const pairs = ['pin', 'otp', 'os'].map((name) => ({ name, value: 'x' }));
    redacted([other, spy], pairs);
    expect(seen.filter((path) => /\d\.(?!name|\*)/.test(path))).to.deep.equal(['data.0.pin', 'data.1.otp', 'data.2.value']);
  });

  it('has no state: one redactor can be called from inside its own rules', () => {
    let inner: unknown;
    const redactor = createRedactor([
      rule((value) => {
        if (value === '1') inner = redactor({ data: ['2'], metadata: {} }).data;
        return value.replace(/\d/, '#');
      }),
    ]);
    expect([redactor({ data: ['1', '3'], metadata: {} }).data, inner]).to.deep.equal([['#', '#'], ['#']]);
  });
});

describe('textRedactor', () => {
  it('returns the same text without rules', () => {
    expect(textRedactor([])('password=hunter2 \u200b', '')).to.equal('password=hunter2 \u200b');
  });

  it("passes a user's rules the text and path as they are, encoded or not", () => {
    const calls: string[] = [];
    const redact = textRedactor([rule((value, path) => (calls.push(`${path}: ${value}`), value))]);
    for (const text of ['plain', '100%25', 'a\u200bb']) redact(text, 'data.x');
    expect(calls).to.deep.equal(['data.x: plain', 'data.x: 100%25', 'data.x: a\u200bb']);
  });

  it('finds in plain text what the rules find one after the other', () => {
    const rules = [noDigits, ...defaultRedaction(), rule((value) => value.toUpperCase())];
    for (const text of ['password=hunter2 x', 'to ada@example.org', 'none', 'secret: a b', '"token":"abc"'])
      expect(textRedactor(rules)(text, 'data.x'), text).to.equal(rules.reduce((result, each) => each.redact(result, 'data.x'), text));
  });

  it('finds encoded secrets between rules of the user', () => {
    const redact = textRedactor([noDigits, ...defaultRedaction(), rule((value) => `${value}!`)]);
    expect(redact('pass\u200bword=hunter2', '')).to.equal('password=[redacted:secret]!');
  });

  it('throws the exception of a rule', () => {
    const error = new Error('no');
    const failing = rule(() => {
      throw error;
    });
    expect(() => textRedactor([failing])('x', '')).to.throw(error);
  });

  it('throws for a rule that returns no string, and does not show a number that it returns', () => {
    const kinds = {
      '`undefined`': undefined,
      '`null`': null,
      'a Promise': Promise.resolve(''),
      'a number': 4111,
      'a bigint': 4111n,
      'an array': [],
    };
    for (const [kind, result] of Object.entries(kinds))
      expect(() => textRedactor([returning(result)])('x', '')).to.throw(
        TypeError,
        new RegExp(`^Expected the redaction rule \`own\` to return a string, got ${kind}$`),
      );
  });
});
