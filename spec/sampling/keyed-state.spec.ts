import { expect } from 'chai';
import fc from 'fast-check';
import { KeyedState } from '../../lib/sampling/keyed-state.js';

describe('KeyedState', () => {
  it('creates the state of a key once, and returns it again', () => {
    const states = new KeyedState(() => ({}), 2);
    expect(states.of('a')).to.equal(states.of('a'));
    expect(states.of('a')).to.not.equal(states.of('b'));
  });

  it('forgets the least recently used key', () => {
    const states = new KeyedState(() => ({}), 2);
    const a = states.of('a');
    const b = states.of('b');
    states.of('a');
    states.of('c');
    expect(states.of('a')).to.equal(a);
    expect(states.of('b')).to.not.equal(b);
  });

  it('distinguishes keys as a Map does', () => {
    const states = new KeyedState(() => ({}), 10);
    expect(states.of(1)).to.not.equal(states.of('1'));
    expect(states.of(NaN)).to.equal(states.of(NaN));
    expect(states.of(undefined)).to.not.equal(states.of(null));
  });

  it('distinguishes long keys', () => {
    const states = new KeyedState(() => ({}), 10);
    const long = 'x'.repeat(100_000);
    expect(states.of(`${long}a`)).to.equal(states.of(`${long}a`));
    expect(states.of(`${long}a`)).to.not.equal(states.of(`${long}b`));
    expect(states.of(long)).to.not.equal(states.of(`${long}x`));
  });

  it('never holds more than maxKeys', () => {
    const states = new KeyedState(() => 0, 1_000);
    for (let key = 0; key < 1_000_000; key += 1) states.of(key);
    expect(states.size).to.equal(1_000);
  });

  it('behaves like a simple version that sorts by last use', () => {
    const keys = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 200 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 5 }), (asked, maxKeys) => {
        let created = 0;
        const states = new KeyedState(() => (created += 1), maxKeys);
        let obvious: { key: number; state: number }[] = [];
        let createdToo = 0;
        for (const key of asked) {
          const entry = obvious.find((each) => each.key === key) ?? { key, state: (createdToo += 1) };
          obvious = [...obvious.filter((each) => each !== entry), entry].slice(-maxKeys);
          expect(states.of(key)).to.equal(entry.state);
          expect(states.size).to.equal(obvious.length);
        }
      }),
    );
  });
});
