import { expect } from 'chai';
import fc from 'fast-check';
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

  it('looks only at the properties it is told', () => {
    const root = { data: 'a', other: 'a' };
    expect(mapStrings(root, ['data'], () => 'X')).to.deep.equal({ data: 'X', other: 'a' });
  });

  it('gives the same object when nothing changes', () => {
    const root = { data: { list: ['b', new Map([['k', new Set(['b'])]]), new Error('b'), new Date(0), NaN] } };
    expect(mapStrings(root, ['data'], (text) => text)).to.equal(root);
  });

  it('copies only what changes', () => {
    const kept = { c: 'c' };
    const data = { kept, other: { c: 'a' } };
    const result = crossOut(data) as typeof data;
    expect(result.kept).to.equal(kept);
    expect(data.other.c).to.equal('a');
  });

  it('does what a recursive replacement of JSON does, and leaves its input alone', () => {
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

  it('gives a value’s path, and for the name of a key the path of its object with a star', () => {
    expect(pathsIn({ user: { email: 'x' }, tags: ['y'] })).to.deep.equal([
      'user at data.*',
      'tags at data.*',
      'email at data.user.*',
      'x at data.user.email',
      'y at data.tags.0',
    ]);
  });

  it('gives the path of a string that stands alone', () => {
    expect(pathsIn('x')).to.deep.equal(['x at data']);
  });

  it('gives only the end of a long path', () => {
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

  it('replaces an object that has a toJSON by what that gives', () => {
    class Account {
      readonly email = 'a@b';
      toJSON(): unknown {
        return { id: 'a', owner: { toJSON: () => 'a' } };
      }
    }
    expect(crossOut({ account: new Account() })).to.deep.equal({ Xccount: { id: 'X', owner: 'X' } });
    expect(crossOut([new URL('https://b.example/?q=a')])).to.deep.equal(['https://b.exXmple/?q=X']);
  });

  it('gives toJSON the key, as JSON.stringify does', () => {
    const keys: string[] = [];
    const value = { toJSON: (key: string) => keys.push(key) };
    crossOut({ one: value, list: [value] });
    expect(keys).to.deep.equal(['one', '0']);
  });

  it('looks into maps, at keys and values', () => {
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

  it('looks into sets', () => {
    expect(crossOut(new Set(['a', 'b', { k: 'a' }]))).to.deep.equal(new Set(['X', 'b', { k: 'X' }]));
  });

  it('looks into errors: message, stack, cause and what else they carry', () => {
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

  it('looks at the own properties of class instances, and makes plain data of what changes', () => {
    class Point {
      readonly label = 'a';
    }
    expect(crossOut(new Point())).to.deep.equal({ lXbel: 'X' });
  });

  it('looks at boxed strings, which JSON shows as strings', () => {
    expect(crossOut([Object('a')])).to.deep.equal(['X']);
  });

  it('leaves dates, binary data, functions and numbers alone', () => {
    const data = [new Date(0), new Uint8Array([97]), Buffer.from('a'), new ArrayBuffer(1), (a: unknown) => a, 1n, undefined, Symbol('a')];
    expect(crossOut(data)).to.equal(data);
  });

  it('follows a shared object wherever it stands', () => {
    const shared = { k: 'a' };
    expect(crossOut([shared, [shared]])).to.deep.equal([{ k: 'X' }, [{ k: 'X' }]]);
  });

  it('walks a nesting 100,000 deep', () => {
    let inner = crossOut(nest(100_000, 'a'));
    let depth = 0;
    for (; typeof inner === 'object'; depth += 1) inner = Object.values(inner as object)[0];
    expect([depth, inner]).to.deep.equal([100_000, 'X']);
  });

  it('refuses cycles, also those through toJSON', () => {
    const loop: Record<string, unknown> = { a: 1 };
    loop.list = [{ loop }];
    expect(() => crossOut(loop)).to.throw(TypeError, /cycles/);
    const endless: object = { toJSON: () => ({ again: [endless] }) };
    expect(() => crossOut(endless)).to.throw(TypeError, /cycles/);
  });

  it('refuses what unfolds without end', () => {
    const unfolding = (): object => Object.defineProperty({}, 'next', { enumerable: true, get: unfolding });
    expect(() => crossOut(unfolding())).to.throw(RangeError);
  });

  it('refuses what unfolds beyond all bounds by sharing', () => {
    let doubled: unknown = 'a';
    for (let level = 0; level < 60; level += 1) doubled = [doubled, doubled];
    expect(() => crossOut(doubled)).to.throw(RangeError);
  });

  it('passes on what a getter or a toJSON throws', () => {
    const boom = new Error('boom');
    const thrower = (): never => { throw boom; }; // prettier-ignore
    expect(() => crossOut(Object.defineProperty({}, 'x', { enumerable: true, get: thrower }))).to.throw(boom);
    expect(() => crossOut({ x: { toJSON: thrower } })).to.throw(boom);
  });

  it('copies what a toJSON gives, so that no encoder asks that for another one', () => {
    const data = {
      link: { toJSON: () => new URL('https://example.org/?a') },
      call: { toJSON: () => Object.assign(() => 'a', { toJSON: () => 'a' }) },
    };
    const seen = crossOut(data);
    expect(JSON.stringify(seen)).to.equal(JSON.stringify(data)).and.to.equal('{"link":{}}');
  });

  it('looks at a date that has a form of its own', () => {
    class Birthday extends Date {
      override toJSON(): string {
        return 'a';
      }
    }
    expect(crossOut({ born: new Birthday(0), died: new Date(0) })).to.deep.equal({ born: 'X', died: new Date(0) });
  });

  it('takes a getter’s value once, so that nothing else goes out than what was looked at', () => {
    let reads = 0;
    const data = { get x() { reads += 1; return reads === 1 ? 'b' : 'secret'; }, y: 'a' }; // prettier-ignore
    expect(crossOut(data)).to.deep.equal({ x: 'b', y: 'X' });
  });

  it('can be used from inside its own replacement', () => {
    const { data } = mapStrings({ data: ['a', 'b'] }, ['data'], (text) => (text === 'a' ? String(crossOut('a')) : text));
    expect(data).to.deep.equal(['X', 'b']);
  });
});
