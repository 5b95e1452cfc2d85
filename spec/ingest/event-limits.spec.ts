import { expect } from 'chai';
import { excessOf } from '../../lib/ingest/event-limits.js';
import { resolveLimits } from '../../lib/ingest/ingest-limits.js';

describe('excessOf', () => {
  const limits = resolveLimits({ depth: 3, keys: 5, stringLength: 10 });
  const expectedOf = (value: unknown) => excessOf(value, limits)?.expected;

  it('finds nothing in values within the limits, or that are not objects', () => {
    for (const value of [
      { a: { b: { c: '0123456789' } } },
      [[[1]]],
      { a: 1, b: 2, c: 3, d: 4, e: 5 },
      'x'.repeat(100),
      null,
      undefined,
      7,
    ]) {
      expect(expectedOf(value)).to.equal(undefined);
    }
  });

  it('finds a value one level too deep, in lists and objects', () => {
    expect(expectedOf({ a: { b: { c: {} } } })).to.equal('event of at most 3 levels');
    expect(expectedOf([[[[]]]])).to.equal('event of at most 3 levels');
  });

  it('finds one key too many, at any level', () => {
    expect(expectedOf({ a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 })).to.equal('event of at most 5 keys');
    expect(expectedOf({ a: [1, 2], b: { c: 1, d: 1 } })).to.equal('event of at most 5 keys');
  });

  it('finds a string or key that is too long', () => {
    expect(expectedOf({ a: [{ b: '0123456789!' }] })).to.equal('event with strings of at most 10 characters');
    expect(expectedOf({ '0123456789!': 1 })).to.equal('event with strings of at most 10 characters');
  });

  it('finds too long ids, types and sessions, and times that no Date holds', () => {
    const wide = resolveLimits();
    for (const name of ['id', 'type', 'sessionId']) {
      expect(excessOf({ [name]: 'x'.repeat(256) }, wide)).to.equal(undefined);
      expect(excessOf({ [name]: 'x'.repeat(257) }, wide)).to.include({ path: name, got: 'a longer one' });
    }
    expect(excessOf({ timestamp: 8.64e15 }, wide)).to.equal(undefined);
    expect(excessOf({ timestamp: 8.64e15 + 1 }, wide)).to.include({ path: 'timestamp' });
  });

  it('visits 100,000 levels without overflowing the stack', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(excessOf({ data: deep }, resolveLimits({ depth: 1_000_000, keys: 1_000_000 }))).to.equal(undefined);
    expect(excessOf({ data: deep }, resolveLimits({ depth: 99_999, keys: 1_000_000 }))).to.include({ path: '' });
  });

  it('treats `__proto__` as a key like any other', () => {
    expect(expectedOf(JSON.parse('{"__proto__":{"a":{"b":{}}}}'))).to.equal('event of at most 3 levels');
  });
});
