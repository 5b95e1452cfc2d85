import { expect } from 'chai';
import { defaultRedaction } from '../../lib/redaction/default-redaction.js';
import { redactAll } from '../support/redacted.js';

const rules = defaultRedaction();

describe('defaultRedaction on a megabyte of hostile text', () => {
  const LENGTH = 1_000_000;
  const long = (unit: string): string => unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH);

  // Each would keep a rule that backtracks, or that looks ahead from every place, busy for minutes: mocha's timeout is the proof.
  for (const unit of [
    ...[
      'a',
      '1',
      ' ',
      '\\',
      '"',
      '[',
      'é',
      '🦜',
      '@',
      'a@',
      'a@a.',
      "'",
      '1 ',
      '4111 ',
      '%20',
      'GB29',
      'MT84MALT',
      '123-45-',
      '1.',
      'a:',
      '::',
    ],
    ...[
      'eyJ',
      '-eyJ',
      'eyJaaaaaa.',
      'SG.',
      'sk-',
      'xsk-',
      '-----BEGIN PRIVATE KEY-----',
      '-----END',
      'Bearer ',
      'password=',
      'password="',
      '\\"',
    ],
    ...[
      '"password":"',
      'password',
      '=',
      ' =',
      'Cookie: ',
      '--password ',
      '--a ',
      '://a:',
      '://a:b',
      '[redacted:',
      'password%3D',
      'token: Bearer ',
    ],
    ...['cookie:{{ ', 'authorization: [redacted:x ', 'password=[redacted:', 'password=[redacted:x]', 'cookie: [redacted:x]\n'],
    ...['a%2B', '%2B%40', 'a%2Eb%40', '@a%2E', '%2B'],
    ...[
      '%25',
      '%2525',
      '&amp;',
      '&#38;',
      '&#x26;',
      '\\u0040',
      '\\',
      '\u200b',
      'ａ',
      '＠',
      '\u20094111',
      '4111.',
      '\ufdfa',
      '%EF%BC%A0',
      '&',
    ],
    ...[
      '<password>',
      '<password ',
      '<a',
      '"name":"password"',
      '"name":"password","value":',
      '"value":"a",',
      '["password",',
      '"--password",',
    ],
    ...[
      'password="""',
      'password: a ',
      'password: a,',
      'password=a b',
      ';password=a',
      'user[password]',
      'pass[',
      '://a:b/',
      '%3A%2F%2Fa%3A',
      ':a@',
    ],
    ...['password: \u201c', 'password=[', 'password=["a', ')a', 'a b c: '],
    ...['form-data; name="a"\n\n', 'form-data; name="password"\n\n'],
  ]) {
    it(`gets through ${JSON.stringify(unit)} over and over`, () => {
      for (const hostile of [long(unit), `Cookie: ${long(unit)}@x.yz`, `password="${long(unit)}`]) {
        expect(redactAll(rules, hostile)).to.be.a('string');
      }
    });
  }

  it('gets through a path of that length', () => {
    for (const path of [long('.1'), `${long('.1')}x`, long('password.'), long('cookies')])
      expect(redactAll(rules, 'a', path)).to.be.a('string');
  });
});
