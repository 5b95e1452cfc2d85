import { runInNewContext } from 'node:vm';
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import fc from 'fast-check';
import { jsonBytes } from '../../lib/internal/json-bytes.js';
import { toJson } from '../../lib/internal/json-value.js';
import { dataFile } from '../support/data.js';

const parsed = (value: unknown): unknown => JSON.parse(toJson(value));

describe('toJson', () => {
  describe('writes values that JSON lacks', () => {
    it('an Error: name, message, stack, cause, errors and its own fields', () => {
      const cause = new RangeError('no funds');
      const error = Object.assign(new TypeError('declined', { cause }), { code: 'E_DECLINED', details: new Map([['retries', 2]]) });
      expect(parsed({ error })).to.deep.equal({
        error: {
          name: 'TypeError',
          message: 'declined',
          stack: error.stack,
          cause: { name: 'RangeError', message: 'no funds', stack: cause.stack },
          code: 'E_DECLINED',
          details: { retries: 2 },
        },
      });
      const all = new AggregateError([cause, 'plain'], 'both');
      expect(parsed(all)).to.deep.include({ name: 'AggregateError', message: 'both', errors: [parsed(cause), 'plain'] });
      expect(parsed(new DOMException('stopped', 'AbortError'))).to.deep.include({ name: 'AbortError', message: 'stopped' });
    });

    it('the chain of an error that causes itself', () => {
      const error = new Error('loop');
      error.cause = error;
      expect(parsed(error)).to.deep.include({ message: 'loop', cause: '[Circular]' });
    });

    it('a Map: an object, or pairs if a key is not a string', () => {
      expect(parsed(new Map<unknown, unknown>([['a', 1], ['__proto__', new Map()]]))).to.deep.equal(JSON.parse('{"a":1,"__proto__":{}}')); // prettier-ignore
      expect(parsed(new Map<unknown, unknown>([['a', 1], [2, { b: 3n }]]))).to.deep.equal([['a', 1], [2, { b: '3' }]]); // prettier-ignore
    });

    it('a Set: an array', () => {
      expect(parsed(new Set([1, 'a', new Set([undefined])]))).to.deep.equal([1, 'a', [null]]);
    });

    it('a BigInt: a decimal string', () => {
      expect(parsed([10n ** 30n, Object(-1n)])).to.deep.equal(['1000000000000000000000000000000', '-1']);
    });

    it('bytes: base64', () => {
      const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index);
      const base64 = Buffer.from(bytes).toString('base64');
      const buffer = bytes.buffer;
      expect(parsed([bytes, Buffer.from(bytes), buffer, new DataView(buffer)])).to.deep.equal([base64, base64, base64, base64]);
      expect(parsed([new Uint16Array([258]), bytes.subarray(1, 4), new SharedArrayBuffer(1)])).to.deep.equal(['AgE=', 'AQID', 'AA==']);
    });

    it('a RegExp, a URL and search parameters: text', () => {
      expect(parsed([/a+/gi, new URL('https://example.org/?q'), new URLSearchParams({ q: 'a b' })])).to.deep.equal([
        '/a+/gi',
        'https://example.org/?q',
        'q=a+b',
      ]);
    });

    it('a reference to an enclosing object: a mark; another reference to the same object: its content', () => {
      const shared = { n: 1 };
      const cycle: Record<string, unknown> = { shared, list: [shared] };
      cycle['self'] = cycle;
      cycle['deep'] = new Map([['set', new Set([cycle])]]);
      expect(parsed(cycle)).to.deep.equal({ shared, list: [shared], self: '[Circular]', deep: { set: ['[Circular]'] } });
    });

    it('a lone surrogate in a value or key: U+FFFD', () => {
      expect(parsed({ 'k\ud800': ['\udc00a', '😀', String.raw`C:\udata`] })).to.deep.equal({ 'k\ufffd': ['\ufffda', '😀', String.raw`C:\udata`] }); // prettier-ignore
      expect(toJson('\ud800')).to.equal('"\ufffd"');
    });

    it('all of these in objects without a prototype', () => {
      const bare = (value: object): object => Object.assign(Object.create(null) as object, value);
      expect(parsed(bare({ a: [bare({ n: 1n, map: new Map([['b', 2]]) })] }))).to.deep.equal({ a: [{ n: '1', map: { b: 2 } }] });
    });

    it('values of another realm', () => {
      const foreign: unknown = runInNewContext(
        '({ error: new TypeError("far"), map: new Map([["a", new Set([1n])]]), bytes: new Uint8Array(3), date: new Date(0) })',
      );
      expect(parsed(foreign)).to.deep.include({ map: { a: ['1'] }, bytes: 'AAAA', date: '1970-01-01T00:00:00.000Z' });
      expect(parsed(foreign)).to.have.property('error').that.deep.includes({ name: 'TypeError', message: 'far' });
    });
  });

  describe('follows JSON otherwise', () => {
    const special = { big: 1n };
    class Point {
      readonly x = 1;
      readonly #hidden = 2;
      get sum(): number {
        return this.x + this.#hidden;
      }
    }
    for (const [what, value, expected] of [
      ['leaves out functions, symbols and undefined', { a: undefined, b: Symbol('b'), c: () => 1, [Symbol('d')]: 2 }, {}],
      ['writes them as null in arrays', [undefined, Symbol('b'), () => 1, new Array<unknown>(1)], [null, null, null, [null]]],
      ['writes numbers that JSON lacks, and invalid dates, as null', [NaN, Infinity, -Infinity, new Date(NaN)], [null, null, null, null]],
      ['writes a date as text', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
      ['writes own enumerable properties of other objects', [new Point(), new WeakMap(), Promise.resolve(1)], [{ x: 1 }, {}, {}]],
      ['unwraps boxed values', [new Number(1), new String('a'), new Boolean(false)], [1, 'a', false]],
      ['prefers `toJSON`', Object.assign(new Error('hidden'), { toJSON: () => ({ shown: 1 }) }), { shown: 1 }],
      ['calls a `toJSON` once, with the key', { key: { toJSON: (key: string) => ({ key, toJSON: () => 'no' }) } }, { key: { key: 'key' } }],
    ] as const) {
      it(`${what}, also beside a value that JSON lacks`, () => {
        expect(parsed(value)).to.deep.equal(expected);
        expect(parsed([value, special])).to.deep.equal([expected, { big: '1' }]);
      });
    }

    it('returns the same as JSON.stringify for any JSON value, alone and together with a value that JSON lacks', () => {
      fc.assert(
        fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
          const json = JSON.stringify(value);
          expect(toJson(value)).to.equal(json);
          expect(toJson([value, special])).to.equal(`[${json},{"big":"1"}]`);
        }),
        { numRuns: 300 },
      );
    });

    it('does so for objects without a prototype', () => {
      fc.assert(
        fc.property(fc.object({ withNullPrototype: true }), (value) => {
          expect(toJson(value)).to.equal(JSON.stringify(value));
        }),
      );
    });

    it('keeps every naughty string', async function () {
      const naughty = JSON.parse(await readFile(dataFile(this, 'blns.json'), 'utf8')) as string[];
      expect(parsed([naughty, special])).to.deep.equal([naughty, { big: '1' }]);
    });

    it('throws for a value without a JSON form', () => {
      for (const value of [undefined, Symbol('x'), () => 1, { toJSON: () => undefined }])
        expect(() => toJson(value)).to.throw(TypeError, 'Expected a value that has a JSON form');
    });

    it('throws the error of a getter', () => {
      const failure = new Error('not yours');
      const throwing = (): never => {
        throw failure;
      };
      for (const value of [
        Object.defineProperty({}, 'x', { enumerable: true, get: throwing }),
        { toJSON: throwing },
        new Proxy({}, { ownKeys: throwing }),
      ])
        for (const each of [value, [value, 1n], new Map([[1, value]])]) expect(() => toJson(each)).to.throw(failure.message);
    });
  });

  describe('is bounded', () => {
    const sparse: unknown[] = [];
    sparse[113_000_000] = 1;
    let wide: unknown = 'x';
    for (let level = 0; level < 40; level += 1) wide = [wide, wide];
    function* endless(): Iterator<number> {
      for (;;) yield 1;
    }
    class Fake {
      readonly [Symbol.toStringTag] = 'Set';
      readonly [Symbol.iterator] = endless;
    }
    const unfolding = (): object => new Proxy({ a: 1, b: 1 }, { get: (_, key) => (key === 'a' || key === 'b' ? unfolding() : undefined) });

    for (const [what, value] of Object.entries({
      'a sparse array of 113 million': sparse,
      'references that unfold to 2^40 entries': wide,
      'an iterator without an end': new Fake(),
      'a Proxy that unfolds without end': unfolding(),
    })) {
      it(`throws for ${what}`, () => {
        expect(() => toJson({ value })).to.throw(RangeError);
        expect(() => toJson([1n, value])).to.throw(RangeError);
      });
    }

    it('accepts a million plain entries, and an object nested a thousand levels deep', () => {
      expect(toJson(new Array(1_000_000).fill(1))).to.have.length(2_000_001);
      let deep: unknown = 1n;
      for (let level = 0; level < 1_000; level += 1) deep = { deep };
      expect(toJson(deep)).to.match(/"1"}+$/);
    });

    it('writes a graph of references to parents', () => {
      const root = { name: 'root', children: [] as unknown[] };
      for (let n = 0; n < 100; n += 1) root.children.push({ n, parent: root, siblings: root.children });
      expect(parsed(root)).to.have.property('children').with.length(100);
    });

    it('writes base64 of many bytes in linear time', () => {
      expect(toJson(new Uint8Array(6_000_000))).to.have.length(8_000_002);
    });
  });
});

describe('jsonBytes', () => {
  it('measures the JSON that encoders write', () => {
    for (const value of ['ü😀', { error: new Error('ü') }, [1n], 'a\ud800']) {
      expect(jsonBytes(value)).to.equal(Buffer.byteLength(toJson(value)));
    }
  });
});
