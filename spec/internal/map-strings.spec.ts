import { expect } from 'chai';
import fc from 'fast-check';
import { runInNewContext } from 'node:vm';
import { mapStrings } from '../../lib/internal/map-strings.js';

/** Puts an X for every a, in what stands at `data`. */
const crossOut = (data: unknown): unknown => mapStrings({ data }, ['data'], (text) => text.replaceAll('a', 'X')).data;

/** The path of every string in what stands at `data`, in order. */
function pathsIn(data: unknown): string[] {
  const paths: string[] = [];
  mapStrings({ data }, ['data'], (text, path) => (paths.push(`${text} at ${path}`), text));
  return paths;
}

function nest(depth: number, leaf: unknown): unknown {
  let nested = leaf;
  for (let level = 0; level < depth; level += 1) nested = level % 2 === 0 ? { next: nested } : [nested];
  return nested;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
}

describe('mapStrings', () => {
  it('replaces strings in objects and arrays, names of keys included', () => {
    expect(crossOut({ a1: 'a', list: ['ba', 7, null, { name: 'aa' }] })).to.deep.equal({ X1: 'X', list: ['bX', 7, null, { nXme: 'XX' }] });
  });

  it('reads only the given properties', () => {
    const root = { data: 'a', other: 'a' };
    expect(mapStrings(root, ['data'], () => 'X')).to.deep.equal({ data: 'X', other: 'a' });
  });

  it('copies everything, changed or not', () => {
    const inner = { c: 'c' };
    const data = { inner, list: [inner], dict: new Map([['k', inner]]), set: new Set([inner]), error: new Error('b', { cause: inner }) };
    const result = crossOut(data) as typeof data;
    inner.c = 'later';
    data.list.push(inner);
    data.dict.clear();
    data.set.clear();
    expect(result.inner).to.deep.equal({ c: 'c' });
    expect(result.list).to.deep.equal([{ c: 'c' }]);
    expect([...result.dict]).to.deep.equal([['k', { c: 'c' }]]);
    expect([...result.set]).to.deep.equal([{ c: 'c' }]);
    expect(result.error.cause).to.deep.equal({ c: 'c' });
  });

  it('copies dates and bytes as objects of the same kind', () => {
    const bytes = [Buffer.from('ab'), new Uint8Array([1, 2]), new Float64Array([1.5]), new BigInt64Array([1n])];
    const view = new DataView(new Uint8Array([9, 7, 8]).buffer, 1, 2);
    const data = { time: new Date(0), bytes, view, buffer: new Uint8Array([5]).buffer };
    const result = crossOut(data) as typeof data;
    data.time.setTime(1);
    for (const each of bytes) new Uint8Array(each.buffer, each.byteOffset, each.byteLength).fill(0);
    view.setUint8(0, 0);
    new Uint8Array(data.buffer).fill(0);
    expect(result.time).to.deep.equal(new Date(0));
    expect(result.bytes).to.deep.equal([Buffer.from('ab'), new Uint8Array([1, 2]), new Float64Array([1.5]), new BigInt64Array([1n])]);
    expect(Buffer.isBuffer(result.bytes[0])).to.equal(true);
    expect([result.view.byteLength, result.view.getUint8(0)]).to.deep.equal([2, 7]);
    expect([...new Uint8Array(result.buffer)]).to.deep.equal([5]);
  });

  it('replaces bytes by a text if that of their base64 is replaced', () => {
    const bytes = { buffer: Buffer.from('ab'), view: new DataView(new Uint8Array([9, 7]).buffer, 1), array: new Uint8Array([5]).buffer };
    const seen: string[] = [];
    const replace = (text: string, path: string): string => {
      seen.push(`${path} ${text}`);
      return path.startsWith('data.secret.') && !path.endsWith('*') ? 'X' : text;
    };
    const { data } = mapStrings({ data: { open: bytes, secret: bytes } }, ['data'], replace);
    expect(data.secret).to.deep.equal({ buffer: 'X', view: 'X', array: 'X' });
    expect(data.open.buffer).to.deep.equal(Buffer.from('ab'));
    expect([data.open.view.getUint8(0), data.open.array.byteLength]).to.deep.equal([7, 1]);
    expect(seen).to.include.members(['data.open.buffer YWI=', 'data.open.view Bw==', 'data.open.array BQ==']);
  });

  it('shares no object with its input', () => {
    const objectsIn = (value: unknown, seen = new Set<unknown>()): Set<unknown> => {
      if (typeof value !== 'object' || value === null || seen.has(value)) return seen;
      seen.add(value);
      const parts = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value);
      for (const part of parts) objectsIn(part, seen);
      return seen;
    };
    const anything = fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true, withSparseArray: true });
    fc.assert(
      fc.property(anything, (data) => {
        const given = objectsIn(data);
        for (const object of objectsIn(crossOut(data))) expect(given.has(object)).to.equal(false);
      }),
    );
  });

  it('equals a recursive replacement of JSON, and does not change its input', () => {
    const plain = (value: unknown): unknown => {
      if (typeof value === 'string') return value.replaceAll('a', 'X');
      if (Array.isArray(value)) return value.map(plain);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
    };
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 });
    const tree = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.double(),
        fc.constant(null),
        fc.boolean(),
        fc.array(tie('tree')),
        fc.dictionary(fc.constantFrom('one', 'two', '__proto__', ''), tie('tree')),
      ),
    })).tree;
    fc.assert(
      fc.property(tree, (data) => {
        expect(crossOut(deepFreeze(data))).to.deep.equal(plain(data));
      }),
    );
  });

  it('passes a value’s path, and for the name of a key the path of its object with a star', () => {
    expect(pathsIn({ user: { email: 'x' }, tags: ['y'] })).to.deep.equal([
      'user at data.*',
      'tags at data.*',
      'email at data.user.*',
      'x at data.user.email',
      'y at data.tags.0',
    ]);
  });

  it('passes the path of a string that is a property itself', () => {
    expect(pathsIn('x')).to.deep.equal(['x at data']);
  });

  it('passes only the end of a long path', () => {
    const [, path = ''] = /^x at (.*)$/.exec(pathsIn(nest(5_000, { password: 'x' })).at(-1) ?? '') ?? [];
    expect(path).to.have.lengthOf(500);
    expect(path).to.match(/^…[\w.]{0,6}(?:\.next\.0){55,}\.next\.password$/);
    expect(pathsIn({ ['k'.repeat(10_000)]: 'x' }).at(-1)).to.equal(`x at …${'k'.repeat(499)}`);
  });

  it('numbers names that become equal', () => {
    const names = { a: 1, X: 2, X_2: 3 };
    expect(crossOut(names)).to.deep.equal({ X: 1, X_2: 2, X_2_2: 3 });
  });

  it('numbers many names that become equal in linear time', () => {
    const names = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`a${String(index)}`, index]));
    const result = mapStrings({ data: names }, ['data'], () => 'X').data;
    expect(Object.values(result)).to.deep.equal(Object.values(names));
  });

  it('treats a key named __proto__ as any other', () => {
    const data: unknown = JSON.parse('{"__proto__":{"polluted":"a"},"a":"a"}');
    const result = crossOut(data) as object;
    expect(Object.getPrototypeOf(result)).to.equal(Object.prototype);
    expect(JSON.stringify(result)).to.equal('{"__proto__":{"polluted":"X"},"X":"X"}');
    expect({}).to.not.have.property('polluted');
  });

  it('treats a name that becomes __proto__ as any other', () => {
    const { data } = mapStrings({ data: { k: 'v' } }, ['data'], (text) => (text === 'k' ? '__proto__' : text));
    expect(JSON.stringify(data)).to.equal('{"__proto__":"v"}');
  });

  it('replaces an object that has a toJSON by its result', () => {
    class Account {
      readonly email = 'a@b';
      toJSON(): unknown {
        return { id: 'a', owner: { toJSON: () => 'a' } };
      }
    }
    expect(crossOut({ account: new Account() })).to.deep.equal({ Xccount: { id: 'X', owner: 'X' } });
    expect(crossOut([new URL('https://b.example/?q=a')])).to.deep.equal(['https://b.exXmple/?q=X']);
  });

  it('passes the key to toJSON, like JSON.stringify', () => {
    const keys: string[] = [];
    const value = { toJSON: (key: string) => keys.push(key) };
    crossOut({ one: value, list: [value] });
    expect(keys).to.deep.equal(['one', '0']);
  });

  it('copies the keys and values of maps', () => {
    const result = crossOut(new Map<unknown, unknown>([['a', 'a'], ['X', { k: 'a' }], [{ k: 'a' }, 1], ['', 2]])); // prettier-ignore
    expect([...(result as Map<unknown, unknown>)]).to.deep.equal([
      ['X', 'X'],
      ['X_2', { k: 'X' }],
      [{ k: 'X' }, 1],
      ['', 2],
    ]);
  });

  it('leads to the values of a map by their keys', () => {
    expect(
      pathsIn(
        new Map<unknown, string>([
          ['password', 'x'],
          [7, 'y'],
        ]),
      ),
    ).to.deep.equal([
      // prettier-ignore
      'password at data.*',
      'x at data.password',
      'y at data.1',
    ]);
  });

  it('copies the strings in sets', () => {
    expect(crossOut(new Set(['a', 'b', { k: 'a' }]))).to.deep.equal(new Set(['X', 'b', { k: 'X' }]));
  });

  it('reads errors: message, stack, cause and other properties', () => {
    const error = Object.assign(new TypeError('a b', { cause: new Error('a c') }), { code: 'a d' });
    const result = crossOut({ error }) as { error: TypeError & { code: string; cause: Error } };
    expect(result.error).to.be.instanceOf(TypeError);
    expect(result.error.message).to.equal('X b');
    expect(result.error.cause.message).to.equal('X c');
    expect(result.error.code).to.equal('X d');
    expect(result.error.stack).to.match(/^TypeError: X b\n/);
    expect(Object.keys(result.error)).to.deep.equal(['code']);
    expect(error.message).to.equal('a b');
  });

  it('converts class instances to plain objects', () => {
    class Point {
      readonly label = 'a';
    }
    expect(crossOut(new Point())).to.deep.equal({ lXbel: 'X' });
  });

  it('replaces in boxed strings, which JSON shows as strings', () => {
    expect(crossOut([Object('a')])).to.deep.equal(['X']);
  });

  it('leaves other values as they are', () => {
    const data = [1, 1n, true, null, undefined, Symbol('a'), (text: unknown) => text];
    expect(crossOut(data)).to.deep.equal(data);
  });

  it('converts regular expressions to text, and boxed values to primitives', () => {
    expect(crossOut([/a+/g, new Number(1), new Boolean(true), Object(1n)])).to.deep.equal(['/X+/g', 1, true, 1n]);
  });

  it('converts URL parameters to text, like encoders', () => {
    expect(crossOut(new URLSearchParams('a=1&b=a'))).to.equal('X=1&b=X');
    expect(crossOut({ query: [new URLSearchParams('q=a')] })).to.deep.equal({ query: ['q=X'] });
  });

  it('copies bytes of shared memory and of another realm', () => {
    const shared = new SharedArrayBuffer(2);
    new Uint8Array(shared).set([82, 88]);
    const foreign = runInNewContext('new Uint8Array([82, 88]).buffer') as ArrayBuffer;
    for (const bytes of [shared, foreign]) {
      const copy = crossOut({ bytes }) as { readonly bytes: ArrayBuffer };
      expect(copy.bytes).not.to.equal(bytes);
      expect([...new Uint8Array(copy.bytes)]).to.deep.equal([82, 88]);
    }
  });

  it('copies sparse arrays as dense ones', () => {
    expect(crossOut([1, , 'a'])).to.deep.equal([1, undefined, 'X']);
  });

  it('recognises maps, sets, errors and regular expressions of another realm', () => {
    const data: unknown = runInNewContext("({ dict: new Map([['k', 'a']]), set: new Set(['a']), error: new TypeError('a'), regexp: /a/ })");
    const result = crossOut(data) as { dict: Map<string, string>; set: Set<string>; error: Error; regexp: string };
    expect([...result.dict]).to.deep.equal([['k', 'X']]);
    expect([...result.set]).to.deep.equal(['X']);
    expect(result.error).to.be.instanceOf(Error).with.property('message', 'X');
    expect(result.error.name).to.equal('TypeError');
    expect(result.regexp).to.equal('/X/');
  });

  it('is not misled by tags and prototypes', () => {
    const fakes = [
      { [Symbol.toStringTag]: 'Map', k: 'a' },
      Object.create(Map.prototype) as object,
      Object.assign(Object.create({ [Symbol.toStringTag]: 'Set' }) as object, { k: 'a' }),
    ];
    expect(crossOut(fakes)).to.deep.equal([{ k: 'X' }, {}, { k: 'X' }]);
  });

  it('copies a DOMException, and other errors with accessors, as an Error that can be read', () => {
    class Coded extends TypeError {
      readonly #code = 'own';
      get code(): string {
        return this.#code;
      }
    }
    const result = crossOut([new DOMException('a b', 'AbortError'), new Coded('a c')]) as Error[];
    expect(result.map(({ name, message }) => [name, message])).to.deep.equal([
      ['AbortError', 'X b'],
      ['TypeError', 'X c'],
    ]);
    expect(result[1]).to.be.instanceOf(TypeError);
    for (const error of result) expect(Object.values(error)).to.deep.equal([]);
  });

  it('copies a shared object at each of its places', () => {
    const shared = { k: 'a' };
    expect(crossOut([shared, [shared]])).to.deep.equal([{ k: 'X' }, [{ k: 'X' }]]);
  });

  it('walks a nesting 100,000 deep', () => {
    let inner = crossOut(nest(100_000, 'a'));
    let depth = 0;
    for (; typeof inner === 'object'; depth += 1) inner = Object.values(inner as object)[0];
    expect([depth, inner]).to.deep.equal([100_000, 'X']);
  });

  it('marks cycles of any length, also through toJSON', () => {
    const loop: Record<string, unknown> = { a: 1 };
    loop.list = [{ loop }];
    expect(crossOut(loop)).to.deep.equal({ X: 1, list: [{ loop: '[Circular]' }] });
    const endless: object = { toJSON: () => ({ more: [endless] }) };
    expect(crossOut(endless)).to.deep.equal({ more: ['[Circular]'] });
    const far: Record<string, unknown> = {};
    far.next = nest(50, far);
    expect(JSON.stringify(crossOut(far))).to.contain('"[Circular]"');
    const map = new Map<string, unknown>();
    expect(crossOut(map.set('k', map))).to.deep.equal(new Map([['k', '[Circular]']]));
  });

  it('refuses a sparse array of great length before it copies it', () => {
    const sparse: unknown[] = [];
    sparse[113_000_000] = 'a';
    expect(() => crossOut({ sparse })).to.throw(RangeError, 'Expected at most 500000 objects and entries');
    expect(() => crossOut([new Array(300_000), new Array(300_000)])).to.throw(RangeError);
    expect(() => crossOut(new Proxy([], { get: (_, key) => (key === 'length' ? 2 ** 32 - 1 : undefined) }))).to.throw(RangeError);
    const iterates = Object.assign(['a'], { *[Symbol.iterator]() { for (;;) yield 'a'; } }); // prettier-ignore
    expect(crossOut(iterates)).to.deep.equal(['X']);
  });

  it('refuses endless getters', () => {
    const unfolding = (): object => Object.defineProperty({}, 'next', { enumerable: true, get: unfolding });
    expect(() => crossOut(unfolding())).to.throw(RangeError);
  });

  it('refuses shared objects whose copies exceed the limit', () => {
    let doubled: unknown = 'a';
    for (let level = 0; level < 60; level += 1) doubled = [doubled, doubled];
    expect(() => crossOut(doubled)).to.throw(RangeError);
  });

  it('throws the error of a getter or a toJSON', () => {
    const boom = new Error('boom');
    const thrower = (): never => { throw boom; }; // prettier-ignore
    expect(() => crossOut(Object.defineProperty({}, 'x', { enumerable: true, get: thrower }))).to.throw(boom);
    expect(() => crossOut({ x: { toJSON: thrower } })).to.throw(boom);
  });

  it('copies the result of toJSON without its own toJSON', () => {
    const data = {
      link: { toJSON: () => new URL('https://example.org/?a') },
      call: { toJSON: () => Object.assign(() => 'a', { toJSON: () => 'a' }) },
    };
    const seen = crossOut(data);
    expect(JSON.stringify(seen)).to.equal(JSON.stringify(data)).and.to.equal('{"link":{}}');
  });

  it('uses the toJSON of a date', () => {
    class Birthday extends Date {
      override toJSON(): string {
        return 'a';
      }
    }
    expect(crossOut({ born: new Birthday(0), died: new Date(0) })).to.deep.equal({ born: 'X', died: new Date(0) });
  });

  it('reads a getter once, so that the checked value is the copied one', () => {
    let reads = 0;
    const data = { get x() { reads += 1; return reads === 1 ? 'b' : 'secret'; }, y: 'a' }; // prettier-ignore
    expect(crossOut(data)).to.deep.equal({ x: 'b', y: 'X' });
  });

  it('can be used from inside its own replacement', () => {
    const { data } = mapStrings({ data: ['a', 'b'] }, ['data'], (text) => (text === 'a' ? String(crossOut('a')) : text));
    expect(data).to.deep.equal(['X', 'b']);
  });

  it('replaces numbers if `replaceNumber` does, and keeps them otherwise', () => {
    const seen: string[] = [];
    const replaceNumber = (text: string, path: string): string => (seen.push(`${text} at ${path}`), text === '2' ? 'two' : text);
    const data = { a: 1, list: [2, 2n, 0.5], map: new Map<unknown, unknown>([[2, -0]]), boxed: Object(2) as unknown, other: [true, null] };
    const result = mapStrings({ data }, ['data'], (text) => text, { replaceNumber });
    expect(result.data).to.deep.equal({ a: 1, list: ['two', 'two', 0.5], map: new Map([['two', -0]]), boxed: 'two', other: [true, null] });
    expect(seen).to.deep.equal(['1 at data.a', '2 at data.list.0', '2 at data.list.1', '0.5 at data.list.2', '2 at data.map.*', '0 at data.map.0', '2 at data.boxed']); // prettier-ignore
  });

  describe('with names of pairs', () => {
    const paths = (data: unknown): string[] => {
      const found: string[] = [];
      const note = (text: string, path: string): string => {
        if (text === 'x' || text === '1') found.push(path);
        return text;
      };
      mapStrings({ data }, ['data'], note, { replaceNumber: note, isPairName: (name) => /secret|password/i.test(name) });
      return found;
    };

    it('puts the name of a pair into the path of its value', () => {
      expect(paths([{ name: 'secret', value: 'x' }])).to.deep.equal(['data.0.secret']);
      expect(paths({ value: 1, key: 'secret' })).to.deep.equal(['data.secret']);
      expect(paths({ type: 'password', id: 'f1', value: 'x' })).to.deep.equal(['data.password']);
      expect(paths({ field: 'secret', oldValue: 'x', newValue: 'x', count: 1 })).to.deep.equal([
        'data.secret',
        'data.secret',
        'data.count',
      ]);
      expect(paths({ name: 'secret', value: { list: ['x'] } })).to.deep.equal(['data.secret.list.0']);
    });

    it('does so in tuples, in lists of headers, and after the flags of a command', () => {
      expect(paths({ headers: [['secret', 'x']] })).to.deep.equal(['data.headers.0.secret']);
      expect(paths(['secret', ['x', 'x']])).to.deep.equal(['data.secret.0', 'data.secret.1']);
      expect(paths({ rawHeaders: ['host', 'x', 'secret', 'x'] })).to.deep.equal(['data.rawHeaders.1', 'data.rawHeaders.secret']);
      expect(paths(['run', '--secret', 'x', 'x'])).to.deep.equal(['data.--secret', 'data.3']);
      expect(paths(['--secret', '--user', 'x'])).to.deep.equal(['data.2']);
    });

    it('leaves other neighbours alone', () => {
      expect(paths([{ name: 'user', value: 'x' }, { name: 'secret', count: 1 }, { type: 'secret', value: 'x' }])).to.deep.equal([
        'data.0.value',
        'data.1.count',
        'data.2.value',
      ]); // prettier-ignore
      expect(paths(['secret', 'x', 'x'])).to.deep.equal(['data.1', 'data.2']);
      expect(paths(['user', 'x'])).to.deep.equal(['data.1']);
    });
  });
});
