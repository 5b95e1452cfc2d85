import { expect } from 'chai';
import { headerSafe, headersSource, type HeadersOption } from '../../lib/http/http-headers.js';
import { reasonOf } from '../support/describe-transport.js';

describe('headersSource', () => {
  it('gives fixed headers with names in lower case', async () => {
    expect(await headersSource({ 'X-Key': 'a b', authorization: '' })()).to.deep.equal({ 'x-key': 'a b', authorization: '' });
  });

  it('asks a function each time, and waits for it', async () => {
    let asked = 0;
    const headersOf = headersSource(() => Promise.resolve({ 'X-Asked': String((asked += 1)) }));
    expect([await headersOf(), await headersOf()]).to.deep.equal([{ 'x-asked': '1' }, { 'x-asked': '2' }]);
  });

  const impossible: Readonly<Record<string, unknown>> = {
    'a string': 'x: secret',
    null: null,
    'a list of pairs': [['x', 'secret']],
    Headers: new Headers({ x: 'secret' }),
    'a name with a colon': { 'x:': 'secret' },
    'a name with a line break': { 'x\r\ny': 'secret' },
    'no name': { '': 'secret' },
    'a value with a line break': { x: 'secret\r\ny: z' },
    'a value beyond Latin-1': { x: 'secret…' },
    'a value that is no string': { x: { secret: 1 } },
    'the encoding of the body': { 'Content-Encoding': 'secret' },
    'the length of the body': { 'content-length': 'secret' },
  };
  for (const [what, headers] of Object.entries(impossible)) {
    it(`refuses ${what}, at the call or when it is given, and doesn't show the value`, async () => {
      const message = /^Expected `headers/;
      expect(() => headersSource(headers as HeadersOption))
        .to.throw(TypeError, message)
        .with.property('message')
        .that.does.not.include('secret');
      const reason = await reasonOf(headersSource(() => headers as Readonly<Record<string, string>>)());
      expect(reason).to.be.instanceOf(TypeError).with.property('message').that.matches(message);
      expect(String(reason)).not.to.include('secret');
    });
  }
});

describe('headerSafe', () => {
  it('leaves ids as they are, and writes what no header can hold as codes', () => {
    expect(headerSafe('00000000-0000-7000-8000-000000000001/12')).to.equal('00000000-0000-7000-8000-000000000001/12');
    expect(headerSafe('a b\r\nc…\ud800')).to.equal('a%20b%d%ac%2026%d800');
  });
});
