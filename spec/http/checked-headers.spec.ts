import { expect } from 'chai';
import { checkedHeaders, headerSafe } from '../../lib/http/checked-headers.js';

describe('headerSafe', () => {
  it('keeps visible ASCII, and writes everything else as codes', () => {
    expect(headerSafe('018bcfe5-6800~!')).to.equal('018bcfe5-6800~!');
    expect(headerSafe('a b\nä')).to.equal('a%20b%a%e4');
  });
});

describe('checkedHeaders', () => {
  it('returns the headers with names in lower case', () => {
    expect(checkedHeaders({ Authorization: 'Bearer x', 'X-Empty': '' })).to.deep.equal({ authorization: 'Bearer x', 'x-empty': '' });
  });

  for (const headers of [null, undefined, 'a: b', [['a', 'b']], new Map([['a', 'b']])])
    it(`throws for ${Array.isArray(headers) ? 'an array' : Object.prototype.toString.call(headers)}`, () => {
      expect(() => checkedHeaders(headers)).to.throw(TypeError, 'Expected `headers` to be an object of strings');
    });

  for (const name of ['', 'a b', 'a:b', 'ä'])
    it(`throws for the name ${JSON.stringify(name)}`, () => {
      expect(() => checkedHeaders({ [name]: 'x' })).to.throw(TypeError, 'valid header names');
    });

  for (const name of ['Content-Length', 'content-encoding', 'Transfer-Encoding'])
    it(`throws for ${name}, which follows from the body`, () => {
      expect(() => checkedHeaders({ [name]: 'x' })).to.throw(TypeError, `not to set \`${name}\``);
    });

  for (const value of ['secret\nx: y', 'secret\r', 'secret\0', 'secret€', 5])
    it(`throws for the value ${JSON.stringify(value)} without showing it`, () => {
      expect(() => checkedHeaders({ a: value }))
        .to.throw(TypeError, 'Expected `headers.a` to be a string that a header can hold')
        .with.property('message')
        .that.does.not.contain('secret');
    });
});
