import { expect } from 'chai';
import { checkedHeaders, headerSafe } from '../../lib/http/checked-headers.js';
import { headersSource, type HeadersOption, type HttpHeaders } from '../../lib/http/http-headers.js';
import { reasonOf } from '../support/describe-transport.js';

describe('headersSource', () => {
  it('returns fixed headers, synchronously, with names in lower case', () => {
    expect(headersSource({ 'X-Key': 'a b', authorization: '' }, {}, checkedHeaders)()).to.deep.equal({ 'x-key': 'a b', authorization: '' });
  });

  it('calls a function each time', async () => {
    let calls = 0;
    const next = (): HttpHeaders => ({ 'X-Call': String((calls += 1)) });
    const headersOf = headersSource(next, {}, checkedHeaders);
    expect([headersOf(), headersOf()]).to.deep.equal([{ 'x-call': '1' }, { 'x-call': '2' }]);
    expect(await headersSource(() => Promise.resolve(next()), {}, checkedHeaders)()).to.deep.equal({ 'x-call': '3' });
  });

  describe('for a page that is being left', () => {
    it('returns the last resolved headers', async () => {
      let left: number | undefined;
      let calls = 0;
      const headersOf = headersSource(() => Promise.resolve({ call: String((calls += 1)) }), { keepaliveBytesLeft: () => left });
      expect(calls).to.equal(0);
      await new Promise(setImmediate);
      left = 0;
      expect(headersOf()).to.deep.equal({ call: '1' });
      left = undefined;
      expect(await headersOf()).to.deep.equal({ call: '3' });
    });

    it('ends a wait that has begun, with the last resolved headers', async () => {
      let isFirst = true;
      const pages = new Set<() => void>();
      const onLeaving = (work: () => void) => {
        pages.add(work);
        return () => pages.delete(work);
      };
      const headers = (): Promise<HttpHeaders> => (isFirst ? Promise.resolve({ call: '1' }) : new Promise(() => undefined));
      const headersOf = headersSource(headers, { keepaliveBytesLeft: () => undefined, onLeaving });
      await new Promise(setImmediate);
      isFirst = false;
      const waiting = headersOf();
      for (const work of pages) work();
      expect(await waiting).to.deep.equal({ call: '1' });
      await new Promise(setImmediate);
      // Only the second call still waits.
      expect(pages.size).to.equal(1);
    });

    it('waits if none were resolved', async () => {
      let isReady = false;
      const headersOf = headersSource(() => (isReady ? Promise.resolve({ a: 'b' }) : Promise.reject(new Error('no'))), {
        keepaliveBytesLeft: () => 0,
      });
      await new Promise(setImmediate);
      isReady = true;
      expect(await headersOf()).to.deep.equal({ a: 'b' });
    });
  });

  it('fails with a SinkError if the function fails', async () => {
    const cause = new Error('no token');
    const expected = { kind: 'unavailable', code: 'HEADERS_FAILED', message: 'Computing the request headers failed', cause };
    const throwing = headersSource(() => {
      throw cause;
    });
    expect(await reasonOf(Promise.resolve().then(throwing))).to.include(expected);
    expect(await reasonOf(Promise.resolve().then(headersSource(() => Promise.reject(cause))))).to.include(expected);
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
    it(`refuses ${what}, immediately or when it is returned, without showing the value`, async () => {
      const message = /^Expected `headers/;
      expect(() => headersSource(headers as HeadersOption, {}, checkedHeaders))
        .to.throw(TypeError, message)
        .with.property('message')
        .that.does.not.include('secret');
      for (const given of [headers, Promise.resolve(headers)]) {
        const reason = await reasonOf(Promise.resolve().then(headersSource(() => given as HttpHeaders, {}, checkedHeaders)));
        const { cause } = reason as Error;
        expect(cause).to.be.instanceOf(TypeError).with.property('message').that.matches(message);
        expect(`${String(reason)} ${String(cause)}`).not.to.include('secret');
      }
    });
  }
});

describe('headerSafe', () => {
  it("keeps ids, and escapes characters that a header can't hold", () => {
    expect(headerSafe('00000000-0000-7000-8000-000000000001/12')).to.equal('00000000-0000-7000-8000-000000000001/12');
    expect(headerSafe('a b\r\nc…\ud800')).to.equal('a%20b%d%ac%2026%d800');
  });
});
