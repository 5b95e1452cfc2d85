import { expect } from 'chai';
import { show } from '../../lib/testing/show.js';

describe('show', () => {
  it('prints JSON values as JSON', () => {
    expect(show({ a: [1, 'two', null, true] })).to.equal('{"a":[1,"two",null,true]}');
  });

  it('prints values that JSON would leave out or refuse', () => {
    const value = { u: undefined, n: NaN, b: 1n, e: new TypeError('bad'), m: new Map([['k', 1]]) };
    expect(show(value)).to.equal('{"u":"undefined","n":"NaN","b":"1n","e":"TypeError: bad","m":[["k",1]]}');
    expect([show(undefined), show(-Infinity), show(2n), show(new Error('x')), show(Symbol('s'))]).to.deep.equal([
      'undefined',
      '-Infinity',
      '2n',
      'Error: x',
      'Symbol(s)',
    ]);
  });

  it('survives cycles and hostile objects', () => {
    const loop: { self?: object } = {};
    loop.self = loop;
    expect(show(loop)).to.equal('{"self":"[seen above]"}');
    const hostile = { toJSON: (): never => { throw new Error('no'); } }; // prettier-ignore
    expect(show(hostile)).to.equal('[object Object]');
  });

  it('truncates long values', () => {
    expect(show('x'.repeat(1000))).to.have.lengthOf(201);
  });
});
