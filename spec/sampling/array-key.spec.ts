import { expect } from 'chai';
import { comparable } from '../../lib/sampling/array-key.js';
import { createEvent } from '../../lib/event/create-event.js';
import { adaptive } from '../../lib/sampling/adaptive.js';
import { minPerWindow } from '../../lib/sampling/min-per-window.js';
import { rateLimit } from '../../lib/sampling/rate-limit.js';

describe('comparable', () => {
  it('depends on the contents of an array of primitives', () => {
    expect(comparable(['a', 1, null, undefined, 2n, NaN])).to.equal(comparable(['a', 1, null, undefined, 2n, NaN]));
    const different = [
      ['a', 'b'],
      ['a,b'],
      ['a', 'b', ''],
      [1],
      ['1'],
      [1n],
      [],
      [''],
      [null],
      ['null'],
      [undefined],
      'a',
      1,
      '',
      'string:1:a,',
    ];
    expect(new Set(different.map(comparable))).to.have.lengthOf(different.length);
  });

  it('returns other values unchanged, and arrays with an object or a symbol', () => {
    for (const key of ['a', 1, NaN, null, undefined, {}, [{}], [Symbol('a')], [() => 1]])
      expect(Object.is(comparable(key), key)).to.equal(true);
  });

  it('treats equal arrays as one key, in every strategy with keys', () => {
    const key = (event: { readonly data: unknown }) => ['tenant', event.data];
    const env = { now: () => 0, random: () => 0.999_999 };
    const [a, b] = [createEvent({ type: 'x', data: 'a' }), createEvent({ type: 'x', data: 'b' })];
    const offered = [a, a, b, b];
    const ofWindow = minPerWindow({ rate: 0, minPerWindow: 1, windowMs: 1_000, key }).start(env);
    expect(offered.map(ofWindow)).to.deep.equal([1, 0, 1, 0]);
    const ofBucket = rateLimit({ perSecond: 1, burst: 1, key }).start(env);
    expect(offered.map(ofBucket)).to.deep.equal([1, 0, 1, 0]);
    const ofPace = adaptive({ targetPerSecond: 0.001, key }).start(env);
    const fates = [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a].map(ofPace);
    expect(fates.at(-1)).to.equal(0);
    expect(ofPace(b)).to.equal(1);
  });
});
