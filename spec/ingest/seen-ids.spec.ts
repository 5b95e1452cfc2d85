import { expect } from 'chai';
import fc from 'fast-check';
import { SeenIds } from '../../lib/ingest/seen-ids.js';

describe('SeenIds', () => {
  it('behaves like a list that is searched from its end', () => {
    const step = fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), wait: fc.integer({ min: 0, max: 5 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 12 }),
        fc.array(step, { maxLength: 80 }),
        (maxIds, windowMs, steps) => {
          let now = 0;
          const seen = new SeenIds(maxIds, windowMs, () => now);
          let list: { id: string; at: number }[] = [];
          for (const { id, wait } of steps) {
            now += wait;
            list = list.filter(({ at }) => now - at < windowMs);
            const isKnown = list.some((each) => each.id === id);
            expect(seen.has(id)).to.equal(isKnown);
            if (isKnown) continue;
            seen.add(id);
            list = [...list, { id, at: now }].slice(-maxIds);
          }
        },
      ),
    );
  });

  it('keeps its ids when the clock is set back', () => {
    let now = 1_000;
    const seen = new SeenIds(2, 100, () => now);
    seen.add('a');
    now = 0;
    seen.add('b');
    expect([seen.has('a'), seen.has('b')]).to.deep.equal([true, true]);
  });
});
