import { expect } from 'chai';
import fc from 'fast-check';
import { keyRing } from '../../lib/ingest/key-ring.js';

describe('keyRing', () => {
  it('accepts its keys and no other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.string(), async (keys, other) => {
        const isKnown = keyRing(keys);
        for (const key of [...keys, other]) expect(await isKnown(key)).to.equal(keys.includes(key));
      }),
      { numRuns: 50 },
    );
  });

  it('throws if it is empty, without showing a key', () => {
    expect(() => keyRing([])).to.throw(TypeError, 'at least one key');
    expect(() => keyRing(['secret', ''])).to.throw(TypeError, /^Expected every key to be a non-empty string$/);
    expect(() => keyRing('secret' as unknown as string[])).to.throw(TypeError, /^Expected `keys` to be a list with at least one key$/);
  });

  it('compares all hashes, even after a match', async () => {
    const isKnown = keyRing(['first', 'second', 'third']);
    expect(await Promise.all(['first', 'second', 'third', 'fourth'].map(isKnown))).to.deep.equal([true, true, true, false]);
  });
});
