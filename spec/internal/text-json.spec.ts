import { expect } from 'chai';
import { isConstant, lastOf, remember, textJson } from '../../lib/internal/text-json.js';

describe('textJson', () => {
  it('writes the same as JSON.stringify', () => {
    for (const text of ['', 'plain ~', '"', '\\', '\n', '\u007f', 'é', '😀', '\u2028', '\0'])
      expect(textJson(text)).to.equal(JSON.stringify(text));
  });
});

describe('remember', () => {
  it('clears a cache of 500 entries', () => {
    const cache = new Map<string, number>();
    for (let n = 0; n < 500; n += 1) remember(cache, String(n), n);
    expect(cache.size).to.equal(500);
    remember(cache, 'next', 500);
    expect([...cache]).to.deep.equal([['next', 500]]);
  });
});

describe('lastOf', () => {
  it('creates again only for another value', () => {
    const created: number[] = [];
    const json = lastOf((value: number) => (created.push(value), String(value)));
    expect([json(1), json(1), json(2), json(1)]).to.deep.equal(['1', '1', '2', '1']);
    expect(created).to.deep.equal([1, 2, 1]);
  });
});

describe('isConstant', () => {
  it('is true for frozen objects of primitives only', () => {
    expect(isConstant(Object.freeze({ a: 1, b: 'x' }))).to.equal(true);
    expect(isConstant({ a: 1 })).to.equal(false);
    expect(isConstant(Object.freeze({ a: {} }))).to.equal(false);
    expect(isConstant(Object.freeze({ get a() { return 1; } }))).to.equal(false); // prettier-ignore
  });
});
