import { expect } from 'chai';
import fc from 'fast-check';
import { reveal } from '../../lib/redaction/reveal.js';

describe('reveal', () => {
  for (const [what, hidden, plain] of [
    ['zero-width characters', 'pass\u200bwo\u00adrd\ufeff\u2060=x', 'password=x'],
    ['full-width forms', 'ａｄａ＠ｅｘａｍｐｌｅ．ｏｒｇ', 'ada@example.org'],
    ['ideographic full stops', 'ada@example。org', 'ada@example.org'],
    ['mathematical letters', '\u{1d429}\u{1d422}\u{1d427}=1', 'pin=1'],
    ['typographic spaces and dashes', '4111\u20091111\u202f1111\u20111111\u22121', '4111 1111 1111-1111-1'],
    ['no-break spaces and other blanks', 'a\u00a0b\u1680c\u2028d\u2029e\u3000f', 'a b c d e f'],
    ['escapes of white space', 'a\\u00a0b\\u00A0c\\u2029d&nbsp;e&#160;f', 'a b c d e f'],
    ['percent-encoding, twice and more', 'ada%2540example.org %252525403D', 'ada%40example.org %403D'],
    ['percent-encoded letters and digits', '%70a%73s%77ord%3D%31', 'password%3D1'],
    ['percent-encoded UTF-8', 'ada%EF%BC%A0example.org pass%E2%80%8Bword', 'ada@example.org password'],
    ['HTML entities', 'ada&#64;b &#x40; &commat; &amp;#64; &quot;&equals;&#8203;&zwj;', 'ada@b @ @ @ "='],
    ['escapes of JSON', 'p\\u0061ss\\u003dx \\\\u0040 \\u200b', 'pass=x @ '],
    ['one layer inside another', '&#37;2540 &#38;#38;#64;', '%40 @'],
  ] as const) {
    it(`decodes ${what}`, () => {
      expect(reveal(hidden)).to.equal(plain);
    });
  }

  it('leaves everything else', () => {
    const texts = [
      '',
      'a=b&c=d',
      'AT&T',
      'fish &chips; &unknown;',
      '100 %',
      'a%20b%3Dc%2C%E4%BD%A0',
      'C:\\users',
      'Grüße, 你好 🦜',
      '\\u00e9',
    ];
    for (const text of texts) expect(reveal(text)).to.equal(text);
    expect(reveal('\\u0022')).to.equal('\\u0022');
  });

  it('throws at no text, and finds nothing more in its own result', () => {
    const piece = fc.constantFrom(
      '%',
      '25',
      '40',
      '&',
      'amp;',
      '#',
      '64;',
      'x26;',
      '\\u',
      '0026',
      '00',
      '\u200b',
      '＆',
      '\u{1d7d8}',
      '\ud835',
      'EF%BC',
      'a',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const once = reveal(pieces.join(''));
        expect(reveal(once)).to.equal(once);
      }),
      { numRuns: 2_000 },
    );
  });
});
