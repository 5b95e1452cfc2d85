import { expect } from 'chai';
import { endOfHeader, endOfPhrase, endOfQuoted, endOfSetting, endOfWords, openingQuote } from '../../lib/redaction/secret-value.js';

const { raw } = String;

/** Asserts that the value which starts at `‹` ends at `›`, in each text. */
function expectEnds(endOf: (text: string, start: number) => number, texts: readonly string[]): void {
  for (const marked of texts) {
    const start = marked.indexOf('‹');
    const text = marked.replace(/[‹›]/g, '');
    const end = endOf(text, start);
    expect(`${text.slice(0, start)}‹${text.slice(start, end)}›${text.slice(end)}`).to.equal(marked);
  }
}

describe('openingQuote', () => {
  const quoteOf = (text: string): string | undefined => openingQuote(`a=${text}`, 2)?.quote;

  it('finds quotes of every kind, also behind the prefix of a string', () => {
    for (const quote of ['"', "'", '`', '"""', "'''", '“', '„', '‘', '«'])
      for (const prefix of ['', 'b', 'Rb', 'u', '@', '$', 'L'])
        expect(openingQuote(`a=${prefix}${quote}x`, 2), prefix + quote).to.deep.equal({
          quote,
          contentStart: 2 + prefix.length + quote.length,
        });
  });

  it('has up to seven backslashes before it, as in JSON inside JSON', () => {
    for (const count of [0, 1, 3, 7]) expect(quoteOf(`${'\\'.repeat(count)}"x"`)).to.equal(`${'\\'.repeat(count)}"`);
    expect(quoteOf(`${'\\'.repeat(8)}"x"`)).to.equal(undefined);
  });

  it('is only at the start of a value', () => {
    for (const text of ['', 'x', ' "x"', 'abc"x"', '”x', '»x', raw`\x"`]) expect(quoteOf(text), text).to.equal(undefined);
  });
});

describe('endOfQuoted', () => {
  /** The end of a value whose opening quote is before it. */
  const endOf = (text: string, start: number): number => {
    for (let from = 0; from <= start; from += 1) {
      const quote = openingQuote(text, from);
      if (quote?.contentStart === start) return endOfQuoted(text, quote);
    }
    return expect.fail(`no quote before ${text.slice(start)}`);
  };

  it('is at the next quote of the same kind', () => {
    expectEnds(endOf, ['"‹›"', `"‹it's \`a\` test›" "x"`, `'‹a "b"›' c`, "`‹a'b›`", '“‹a "b"›” c', '„‹a›“', '‘‹a›’', '«‹a›»']);
  });

  it('is not at a quote that belongs to the value', () => {
    expectEnds(endOf, [raw`"‹a\"b›" c`, raw`"‹a\\›" c`, raw`"‹a\\\"b›"`, raw`'‹it\'s›'`]);
  });

  it('is at the quote of the same depth in JSON inside JSON', () => {
    for (const text of ['a', 'a"b', 'a\\', '"', 'a\\"b\\\\"c', '\\\\'])
      for (
        let depth = 1, json = JSON.stringify({ a: '‹text›', b: 'c' });
        depth <= 3;
        depth += 1, json = JSON.stringify(json).slice(1, -1)
      ) {
        let value = text;
        for (let level = 0; level < depth; level += 1) value = JSON.stringify(value).slice(1, -1);
        expectEnds(endOf, [json.replace('text', () => value)]);
      }
  });

  it('is at the quote of an outer level, if the value is never closed in its own', () => {
    expectEnds(endOf, [raw`{"body":"{\"token\":\"‹abc›"}`, raw`\\"‹a›" b`]);
  });

  it('is at the end of the line or of the text, if there is no other quote', () => {
    expectEnds(endOf, ['"‹a b›\n"', "'‹a b›\r\n", '"‹a b›', raw`"‹a\"›`, '"‹›']);
  });

  it('is behind line breaks in three quotes', () => {
    expectEnds(endOf, ['"""‹a\n"b" ""c›""" d', "'''‹a›'''", '"""‹a\nb "›']);
  });
});

describe('endOfHeader', () => {
  it('is at the end of the line, or of the quoted text', () => {
    const inQuote =
      (opening: string) =>
      (text: string, start: number): number =>
        endOfHeader(text, start, opening);
    expectEnds(inQuote(''), [
      `Cookie: ‹a=b; c="d", 'e'›\r\nHost: x`,
      'Cookie: ‹a=b›\nx',
      'Cookie: ‹a=b›',
      'Cookie: ‹›',
      raw`Cookie: ‹a=b›\nHost`,
    ]);
    expectEnds(inQuote('"'), [`"Cookie: ‹a='b'›" x`]);
    expectEnds(inQuote("'"), [`'Cookie: ‹a="b"›' x`]);
  });
});

describe('endOfWords', () => {
  it('is behind one word', () => {
    const ends = [' ', '\t', '\n', '&', ';', ',', '<', '>', ')', '}', ']', '\\', '"', "'", '`', '%26'];
    expectEnds(endOfWords, ['‹a.b:c/d=e+f-g_h@i!(›', '‹›', ...ends.map((end) => `‹a›${end} b`)]);
  });

  it('is behind an apostrophe in a word, and a mark', () => {
    expectEnds(endOfWords, ["‹o'brien› x", '‹[redacted:email]› x', '‹a[redacted:api-key]b›, c']);
  });

  it('is behind the credentials after their scheme', () => {
    expectEnds(endOfWords, [
      '‹Bearer abc› def',
      '‹bAsIc \t abc›, x',
      '‹Token abc›"',
      '‹negotiate›',
      '‹apikey›, x',
      '‹digest a›',
      '‹Bearers› abc',
    ]);
  });
});

describe('endOfPhrase', () => {
  it('is behind all words of a line', () => {
    expectEnds(endOfPhrase, [
      '‹correct horse battery›',
      '‹a b›\nc',
      '‹a  \tb›; c',
      '‹a b› (c)',
      '‹a b› {c}',
      "‹it's mine›",
      '‹a,b)c<d e›, f',
    ]);
  });

  it('is before the next name', () => {
    expectEnds(endOfPhrase, [
      '‹a b› user: ada',
      '‹a b› user=ada',
      '‹a b› user_id : 5',
      `‹a› "user": "ada"`,
      '‹a b› [redacted:secret]: c',
      '‹a Foo::bar c›',
    ]);
  });

  it('is behind a mark, and not behind the words after it', () => {
    expectEnds(endOfPhrase, ['‹[redacted:secret]› two words', '‹a [redacted:email] b›']);
  });
});

describe('endOfSetting', () => {
  const endOf = (text: string, start: number): number => endOfSetting(text, start, start - 1);

  it('is before the semicolon of a list of settings, or its end', () => {
    expectEnds(endOf, [
      'Password=‹p w›;Port=1',
      "Password=‹it's mine›;",
      'Server=db;Pwd=‹p w›',
      'Server=db; Pwd=‹p w›\nx',
      'Pwd=‹a,b c›;d',
    ]);
  });

  it('is behind one word elsewhere', () => {
    expectEnds(endOf, ['password=‹p› w', 'password=‹p› w\n', 'password=‹p› w=x;', 'a;password=‹p› "w"', 'password=‹[redacted:email]› w;']);
    expectEnds(endOf, [`a;b=‹p› ${'w'.repeat(200)};`, `password=‹p› [redacted:email];`]);
  });
});
