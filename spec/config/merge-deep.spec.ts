import { expect } from 'chai';
import fc from 'fast-check';
import { mergeDeep } from '../../lib/config/merge-deep.js';
import { UNREADABLE } from '../../lib/internal/check-option.js';

/** Trees like configurations: objects of few keys, that meet often, down to the deepest level there is. */
const tree = fc.letrec<{ tree: unknown; leaf: unknown }>((tie) => ({
  leaf: fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null), fc.array(fc.integer())),
  tree: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), fc.oneof({ depthSize: 'small', maxDepth: 3 }, tie('leaf'), tie('tree'))),
})).tree;

describe('mergeDeep', () => {
  it('merges at every level', () => {
    const base = { a: 1, b: { c: 2, d: { e: 3 } } };
    expect(mergeDeep(base, { b: { d: { f: 4 } }, g: 5 })).to.deep.equal({ a: 1, b: { c: 2, d: { e: 3, f: 4 } }, g: 5 });
  });

  it('removes a key that is undefined in the patch, with everything below it', () => {
    expect(mergeDeep({ a: 1, b: { c: 2, d: 3 }, e: { f: 4 } }, { a: undefined, b: { c: undefined }, e: undefined })).to.deep.equal({
      b: { d: 3 },
    });
    expect(mergeDeep({}, { a: undefined })).to.not.have.property('a');
  });

  it('replaces an object by another value, and vice versa', () => {
    expect(mergeDeep({ a: { b: 1 }, c: 2, d: [1, 2] }, { a: null, c: { b: 1 }, d: { b: 1 } })).to.deep.equal({
      a: null,
      c: { b: 1 },
      d: { b: 1 },
    });
    expect(mergeDeep({ a: 1 }, 5)).to.equal(5);
  });

  it('changes neither, and is not changed through the patch later on', () => {
    const base = { a: { b: 1 } };
    const patch = { a: { c: { d: 2 } } };
    const merged = mergeDeep(base, patch);
    patch.a.c.d = 9;
    expect([base, merged]).to.deep.equal([{ a: { b: 1 } }, { a: { b: 1, c: { d: 2 } } }]);
  });

  it('is the patch on nothing, and the base under nothing', () => {
    fc.assert(
      fc.property(tree, (any) => {
        expect(mergeDeep({}, any)).to.deep.equal(any);
        expect(mergeDeep(any, {})).to.deep.equal(any);
      }),
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(tree, tree, (base, patch) => {
        const merged = mergeDeep(base, patch);
        expect(mergeDeep(merged, patch)).to.deep.equal(merged);
      }),
    );
  });

  it('terminates for a cycle', () => {
    const patch: { a: number; self?: unknown } = { a: 1 };
    patch.self = patch;
    expect(mergeDeep(patch, patch)).to.have.nested.property('self.self.a', 1);
  });

  it('marks values whose reading throws', () => {
    const patch = {
      a: 1,
      get b(): never {
        throw new Error('no');
      },
    };
    expect(mergeDeep({ b: 2 }, patch)).to.deep.equal({ a: 1, b: UNREADABLE });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(mergeDeep({}, { a: proxy })).to.deep.equal({ a: UNREADABLE });
  });

  it('treats `__proto__` as an ordinary key', () => {
    const hostile: unknown = JSON.parse('{ "__proto__": { "isAdmin": true }, "a": { "__proto__": { "isAdmin": true } } }');
    const merged = mergeDeep({ a: {} }, hostile) as { a: object; isAdmin?: unknown };
    expect([merged.isAdmin, ({} as { isAdmin?: unknown }).isAdmin]).to.deep.equal([undefined, undefined]);
    expect([Object.getPrototypeOf(merged), Object.getPrototypeOf(merged.a)]).to.deep.equal([Object.prototype, Object.prototype]);
  });
});
