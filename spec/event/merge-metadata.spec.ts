import { expect } from 'chai';
import fc from 'fast-check';
import { mergeMetadata } from '../../lib/event/merge-metadata.js';

describe('mergeMetadata', () => {
  const base = Object.freeze({ os: 'linux', locale: 'en' });

  it('gives the patch precedence, key by key', () => {
    expect(mergeMetadata(base, { locale: 'cs', plan: 'pro' })).to.deep.equal({ os: 'linux', locale: 'cs', plan: 'pro' });
  });

  it('changes neither', () => {
    const patch = Object.freeze({ locale: 'cs' });
    mergeMetadata(base, patch);
    expect([base, patch]).to.deep.equal([{ os: 'linux', locale: 'en' }, { locale: 'cs' }]);
  });

  it('returns the base itself if the patch is empty', () => {
    for (const patch of [{}, { os: undefined }, Object.create({ inherited: 1 }), undefined])
      expect(mergeMetadata(base, patch)).to.equal(base);
  });

  it('ignores a patch that is not an object', () => {
    for (const patch of [null, 'os', 7, ['a'], () => undefined]) expect(mergeMetadata(base, patch)).to.equal(base);
  });

  it('removes no key that is undefined in the patch', () => {
    expect(mergeMetadata(base, { os: undefined, plan: 'pro' })).to.deep.equal({ os: 'linux', locale: 'en', plan: 'pro' });
  });

  it('leaves a key `__proto__` out, and no prototype changed', () => {
    const merged = mergeMetadata(base, JSON.parse('{ "__proto__": { "isAdmin": true }, "plan": "pro" }'));
    expect(Object.getPrototypeOf(merged)).to.equal(Object.prototype);
    expect(Object.keys(merged)).to.deep.equal(['os', 'locale', 'plan']);
    expect(merged.isAdmin).to.be.undefined;
    expect(({} as { isAdmin?: unknown }).isAdmin).to.be.undefined;
  });

  it('equals a spread for any other patch', () => {
    const patches = fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(patches, (patch) => {
        expect(mergeMetadata(base, patch)).to.deep.equal({ ...base, ...patch });
      }),
    );
  });
});
