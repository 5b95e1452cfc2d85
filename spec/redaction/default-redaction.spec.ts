import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { defaultRedaction, type DefaultRedactionName } from '../../lib/redaction/default-redaction.js';
import type { RedactionRule } from '../../lib/redaction/rule.js';
import { dataFile } from '../support/data.js';
import { expectRedacted, redactAll } from '../support/redacted.js';
import { numbers } from '../support/sampled.js';

const NAMES: readonly DefaultRedactionName[] = ['secret', 'api-key', 'email', 'iban', 'card', 'ssn', 'ip'];
const rules = defaultRedaction();
const ticket: RedactionRule = { name: 'ticket', redact: (value) => value.replace(/T-\d+/g, '[redacted:ticket]') };
const nameOf = ({ name }: RedactionRule): string => name;

/** One of each kind, the marks, and what stands between such things: whatever meets in a text. */
const PIECES = [
  ...['ada@example.org', "o'brien%40ex.co.uk", '4111111111111111', '4111 1111 1111 1111', '378282246310005', 'GB29NWBK60161331926819'],
  ...[
    'GB29 NWBK 6016 1331 9268 19',
    '123-45-6789',
    '192.0.2.7',
    '1.2.3.4',
    'fe80::1',
    '::1',
    '2001:db8::8:800:200c:417a',
    '::ffff:1.2.3.4',
  ],
  ...['AKIAIOSFODNN7EXAMPLE', `ghp_${'a1'.repeat(18)}`, `sk-${'b2'.repeat(12)}`, 'eyJhbGciOi.eyJzdWIiOi.abc', 'Bearer abc123def'],
  ...[
    'hooks.slack.com/services/',
    '-----BEGIN PRIVATE KEY-----',
    '-----END PRIVATE KEY-----',
    'password',
    'token',
    'apiKey',
    'pass',
    'auth',
  ],
  ...[
    'Cookie',
    'Authorization',
    '--password ',
    'Basic ',
    'Bearer ',
    '[redacted:email]',
    '[redacted:secret]',
    '[redacted:',
    'redacted:',
    ']',
  ],
  ...[
    '=',
    ':',
    ': ',
    '=>',
    '==',
    '::',
    '://',
    '://u:',
    '%3D',
    '%26',
    '%20',
    '%',
    '"',
    "'",
    '\\"',
    '\\',
    '\\n',
    '\n',
    '{',
    '}',
    '[',
    '(',
    ')',
  ],
  ...[
    'password=',
    'password: ',
    'pin',
    'user[password]',
    '[]',
    '<password>',
    '</password>',
    '"name":"password"',
    '"value":',
    '["token",',
    ']]',
  ],
  ...[
    '%25',
    '%2540',
    '&#64;',
    '&amp;',
    '&quot;',
    '\\u0040',
    '\u200b',
    '＠',
    '\u2009',
    '4111.1111.1111.1111',
    '“',
    '”',
    '"""',
    "b'",
    'two words',
  ],
  ...[' ', '-', '.', '+', '/', '@', '%40', '&', '?', '#', ';', ',', '_', '`', '<', '>', 'a', 'Z', '0', '9', '12', 'é', 'com', 'null', '🦜'],
];
const text = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 12 })
    .map((pieces) => pieces.join('')),
);

describe('defaultRedaction', () => {
  it('redacts every kind in one text', () => {
    const clean = redactAll(
      rules,
      'ada@example.org paid GB29 NWBK 6016 1331 9268 19 with 4111-1111-1111-1111 from 2001:db8::1 (SSN 123-45-6789), password=hunter2, AKIAIOSFODNN7EXAMPLE',
    );
    expect(clean).to.equal(
      '[redacted:email] paid [redacted:iban] with [redacted:card] from [redacted:ip] (SSN [redacted:ssn]), password=[redacted:secret], [redacted:api-key]',
    );
  });

  it('marks redactions by the name of the rule', () => {
    expect(rules.map(nameOf)).to.deep.equal(NAMES);
  });

  it('leaves out rules by name', () => {
    expect(defaultRedaction({ without: ['email', 'ip'] }).map(nameOf)).to.deep.equal(['secret', 'api-key', 'iban', 'card', 'ssn']);
  });

  it('adds rules, after its own', () => {
    expect(redactAll(defaultRedaction({ with: [ticket] }), 'T-1000 for ada@example.org')).to.equal(
      '[redacted:ticket] for [redacted:email]',
    );
    expect(defaultRedaction({ without: [...NAMES], with: [ticket] })).to.deep.equal([ticket]);
  });

  it('replaces a rule by one of the same name, in its place', () => {
    const hosts: RedactionRule = { name: 'email', redact: (value) => value.replace(/\w+@/g, '…@') };
    const own = defaultRedaction({ with: [hosts] });
    expect(own.map(nameOf)).to.deep.equal(NAMES);
    expect(redactAll(own, 'ada@example.org')).to.equal('…@example.org');
  });

  it('refuses an unknown name, and invalid and duplicate rules', () => {
    expect(() => defaultRedaction({ without: ['phone' as never] })).to.throw(
      TypeError,
      "Expected `without[0]` to be one of 'secret', 'api-key'",
    );
    expect(() => defaultRedaction({ with: [{ name: 'x' } as never] })).to.throw(TypeError, 'Expected `with[0]` to be a redaction rule');
    expect(() => defaultRedaction({ with: [ticket, ticket] })).to.throw(TypeError, '`with[1].name`');
  });

  it('refuses unknown options, invalid options and invalid lists', () => {
    expect(() => defaultRedaction({ witout: ['ip'] } as never)).to.throw(
      TypeError,
      'Unknown option `witout`. Did you mean `without`? Options: without, with',
    );
    expect(() => defaultRedaction(null as never)).to.throw(TypeError, 'Expected `options` to be an object, got `null`');
    expect(() => defaultRedaction({ with: {} as never })).to.throw(TypeError, 'Expected `with` to be an array, got an object');
    expect(() => defaultRedaction({ without: 'ip' as never })).to.throw(TypeError, 'Expected `without` to be an array');
  });

  it('always returns the same frozen rules', () => {
    expect(defaultRedaction()).to.deep.equal(rules);
    expect(rules).to.be.frozen;
  });

  it('is idempotent: redacting twice equals redacting once', () => {
    fc.assert(
      fc.property(text, (value) => {
        const once = redactAll(rules, value);
        expect(redactAll(rules, once)).to.equal(once);
      }),
      { numRuns: 10_000 },
    );
  });

  it('is idempotent if a rule changes the text that another one reads', () => {
    const pem = '-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----';
    expectRedacted(
      { name: 'all', redact: (value, path) => redactAll(rules, value, path) },
      {
        [`--password ${pem}GB29 NWBK 6016 1331 9268 19`]: '--password [redacted:secret] NWBK 6016 1331 9268 19',
        [`--password ${pem}: `]: '--password [redacted:secret] ',
        "password=]]o'brien%40ex.co.uk;": 'password=[redacted:secret];',
        "auth'%3a@e.or%": "auth'%3a'[redacted:secret]'",
        "[\"token\",'[o'n%40o.kb']": '["token",\'[redacted:secret]\']',
        [`pass:null ghp_${'a1'.repeat(18)}:`]: 'pass:null [redacted:api-key]:',
        [`pass:null ghp_${'a1'.repeat(18)}[redacted:`]: 'pass:null [redacted:api-key][redacted:',
        [`pass:null ghp_${'a1'.repeat(18)}[redacted:ip]`]: 'pass:null [redacted:api-key][redacted:ip]',
        [`pass:null ghp_${'a1'.repeat(18)} = x`]: 'pass:null [redacted:api-key] = x',
        "token='o'n@ex.org' x": "token='[redacted:secret]' x",
        "token=b'o'n@ex.org' x": "token=b'[redacted:secret]' x",
        "token=L'ada@ex.org' x": "token=L'[redacted:secret]' x",
        '%2540AKIAIOSFODNN7EXAMPLE\u200bada@example.org': '%40[redacted:api-key][redacted:email]',
        '%2540GB29NWBK60161331926819%25378282246310005': '%40[redacted:iban]%25[redacted:card]',
        '://:]&#64;pass=＠&#64;': '://:[redacted:secret]@pass=[redacted:secret]',
        '://:&#64;%25404111 1111 1111 1111＠': '://:@%40[redacted:card]@',
        '://4111 1111 1111 1111:D@': '://[redacted:card]:D@',
        '://AKIAIOSFODNN7EXAMPLE,pin:a@': '://[redacted:api-key],pin:[redacted:secret]@',
        'smtp://ada@example.org:hunter2@host': 'smtp://[redacted:email]:[redacted:secret]@host',
        '--Bearer -378282246310005ada@example.org': '--Bearer [redacted:secret]',
        '"val:name:"password""val:6 name:"password"': '"val:[redacted:secret]""val:[redacted:secret] name:"password"',
        'pass:[redacted:123-45-6789]': 'pass:[redacted:secret]',
        '[redacted:4111111111111111]378282246310005': '[redacted:[redacted:card]][redacted:card]',
      },
    );
  });

  for (const rule of rules) {
    it(`is idempotent with ${rule.name} alone`, () => {
      fc.assert(
        fc.property(text, (value) => {
          const once = rule.redact(value, 'data.text');
          expect(rule.redact(once, 'data.text')).to.equal(once);
        }),
        { numRuns: 1_000 },
      );
    });

    it(`has no state: ${rule.name} returns the same regardless of earlier texts`, () => {
      const texts = [
        'x ada@example.org',
        'password=a',
        '4111111111111111',
        'GB29NWBK60161331926819',
        '123-45-6789',
        '192.0.2.7 ::1',
        'AKIAIOSFODNN7EXAMPLE',
      ];
      const first = texts.map((each) => rule.redact(each, ''));
      expect(numbers(3).flatMap(() => texts.map((each) => rule.redact(each, '')))).to.deep.equal([...first, ...first, ...first]);
    });
  }

  it('throws at no string, under no path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (value, path) => {
        expect(redactAll(rules, value, path)).to.be.a('string');
      }),
    );
  });

  it('gets through the big list of naughty strings', function () {
    const naughty = JSON.parse(readFileSync(dataFile(this, 'blns.json'), 'utf8')) as string[];
    for (const value of naughty) {
      const once = redactAll(rules, value);
      expect(redactAll(rules, once)).to.equal(once);
    }
  });
});

interface Labelled {
  readonly text: string;
  readonly spans: readonly { readonly type: string; readonly start: number; readonly end: number }[];
}

/**
 * A label is found when nothing of it is left. A mark is right when it stands where a label of its kind was, in whole or in part. Recall is
 * the share of labels found, precision that of marks that are right.
 */
function measure(records: readonly Labelled[], rule: RedactionRule, type: string): { labels: number; recall: number; precision: number } {
  let labels = 0;
  let found = 0;
  let marks = 0;
  let right = 0;
  for (const record of records) {
    const ours = record.spans.filter((span) => span.type === type);
    const cuts = cutsOf(record.text, redactAll(rules, record.text), `[redacted:${rule.name}]`);
    labels += ours.length;
    marks += cuts.length;
    found += ours.filter(({ start, end }) => cuts.some((cut) => cut.start <= start && end <= cut.end)).length;
    right += cuts.filter((cut) => ours.some(({ start, end }) => start < cut.end && cut.start < end)).length;
  }
  return { labels, recall: found / labels, precision: right / marks };
}

/** Where in the text the marks of one kind have taken something out. */
function cutsOf(original: string, clean: string, mark: string): { start: number; end: number }[] {
  const cuts: { start: number; end: number }[] = [];
  let position = 0;
  const parts = clean.split(/(\[redacted:[\w-]+\])/);
  for (let index = 1; index < parts.length; index += 2) {
    const start = position + (parts[index - 1] ?? '').length;
    const next = parts[index + 1] ?? '';
    const end = index + 2 === parts.length ? original.length - next.length : original.indexOf(next, start + 1);
    if (parts[index] === mark) cuts.push({ start, end });
    position = end;
  }
  return cuts;
}

describe('defaultRedaction on labelled texts', () => {
  let records: readonly Labelled[] = [];

  before(function () {
    const lines = readFileSync(dataFile(this, 'pii-spans.ndjson'), 'utf8').trim().split('\n');
    records = lines.map((line) => JSON.parse(line) as Labelled);
  });

  for (const [name, type, floors] of [
    ['email', 'EMAIL_ADDRESS', { recall: 0.95, precision: 0.9 }],
    ['card', 'CREDIT_CARD', { recall: 0.95, precision: 0.9 }],
    ['iban', 'IBAN_CODE', { recall: 0.95, precision: 0.9 }],
    ['ssn', 'US_SSN', undefined],
    ['ip', 'IP_ADDRESS', undefined],
  ] as const) {
    it(`finds ${type}`, function () {
      const rule = rules.find((each) => each.name === name)!;
      const { labels, recall, precision } = measure(records, rule, type);
      this.test!.title += `: recall ${recall.toFixed(3)}, precision ${precision.toFixed(3)}, of ${String(labels)}`;
      expect(labels).to.be.above(0);
      expect(recall).to.be.at.least(floors?.recall ?? 0);
      expect(precision).to.be.at.least(floors?.precision ?? 0);
    });
  }
});
