import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { arrayKey } from '../../lib/sampling/array-key.js';
import { consistent } from '../../lib/sampling/consistent.js';
import { stringHash } from '../../lib/sampling/string-hash.js';
import { anEvent } from '../support/an-event.js';
import { fates } from '../support/consistent-fates.js';
import { expectUnbiased, kept, numbers, SamplingBench, weightsOf } from '../support/sampled.js';

const itself = <E>(event: E): E => event;
const keeps = (rate: number, key: unknown): boolean => weightsOf(consistent<unknown>({ rate, key: itself }), [key])[0] !== 0;

describe('consistent', () => {
  it('keeps or drops all events of a key, with the weight of the rate', () => {
    const bySession = consistent({ rate: 0.25, key: ({ sessionId }) => sessionId });
    for (const sessionId of numbers(200).map(String)) {
      const weights = new Set(weightsOf(bySession, [anEvent({ sessionId, id: 'a' }), anEvent({ sessionId, id: 'b', type: 'other' })]));
      expect(weights).to.have.lengthOf(1);
      expect([0, 4]).to.include([...weights][0]);
    }
  });

  it('decides without randomness, clock or state', () => {
    const never = (): never => {
      throw new Error('asked');
    };
    const keys = numbers(1_000);
    const strategy = consistent({ rate: 0.5, key: itself<number> });
    const weights = weightsOf(strategy, keys, { now: never, random: never });
    expect(weightsOf(strategy, keys.toReversed())).to.deep.equal(weights.toReversed());
  });

  it('decides in the same way in every process', () => {
    const program = resolve(import.meta.dirname, '../support/consistent-fates.ts');
    const elsewhere = execFileSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8' });
    expect(elsewhere).to.equal(fates());
    expect(kept([...elsewhere].map(Number)) / elsewhere.length).to.be.closeTo(0.3, 0.06);
  });

  it('decides in the same way as earlier releases', () => {
    expect(
      weightsOf(consistent({ rate: 0.5, key: itself<unknown> }), [
        ...numbers(8).map((n) => `key-${String(n)}`),
        1,
        2,
        3,
        4,
        1n,
        2n,
        3n,
        4n,
        true,
        false,
      ]).map(Math.sign),
    ).to.deep.equal(FROZEN);
  });

  it('keeps at a higher rate all keys that it keeps at a lower one', () => {
    const rate = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.string(), rate, rate, (key, one, other) => {
        if (keeps(Math.min(one, other), key)) expect(keeps(Math.max(one, other), key)).to.be.true;
      }),
    );
  });

  it('keeps everything at 1 and nothing at 0', () => {
    expect(kept(weightsOf(consistent({ rate: 1, key: itself<number> }), numbers(10_000)))).to.equal(10_000);
    expect(kept(weightsOf(consistent({ rate: 0, key: itself<number> }), numbers(10_000)))).to.equal(0);
  });

  for (const rate of [0.5, 0.1, 0.03]) {
    it(`has unbiased weights at ${String(rate)}`, () => {
      expectUnbiased(
        weightsOf(
          consistent({ rate, key: itself<string> }),
          numbers(200_000).map((n) => `user-${String(n)}`),
        ),
      );
    });
  }

  it('distinguishes a number, a string, a boolean and a bigint with the same text', () => {
    const alike = [(n: number) => n, (n: number) => String(n), (n: number) => BigInt(n)].map((key) =>
      weightsOf(consistent({ rate: 0.5, key }), numbers(64)).join(),
    );
    expect(new Set(alike)).to.have.lengthOf(3);
  });

  for (const [name, missing] of Object.entries({ undefined, null: null, 'an object': {}, 'a symbol': Symbol('key') })) {
    it(`falls back to the event's id for ${name}`, () => {
      const events = numbers(100).map((n) => anEvent({ id: `id-${String(n)}` }));
      const byMissing = consistent({ rate: 0.5, key: () => missing });
      const byId = consistent({ rate: 0.5, key: ({ id }) => id });
      expect(weightsOf(byMissing, events)).to.deep.equal(weightsOf(byId, events));
    });
  }

  it('uses the id by default', () => {
    const events = numbers(100).map((n) => anEvent({ id: `id-${String(n)}` }));
    expect(weightsOf(consistent({ rate: 0.5 }), events)).to.deep.equal(weightsOf(consistent({ rate: 0.5, key: ({ id }) => id }), events));
  });

  it('decides at random for an event without key and id', () => {
    const tosses = [0.499, 0.5];
    const strategy = consistent<unknown>({ rate: 0.5, key: () => undefined });
    expect(weightsOf(strategy, [null, {}], new SamplingBench(() => tosses.shift() ?? NaN))).to.deep.equal([2, 0]);
  });

  it('treats equal arrays of primitives as one key', () => {
    const pairs = numbers(64).map((n) => [n % 8, `t-${String(n)}`]);
    const strategy = consistent<{ id: string; pair: unknown[] }>({ rate: 0.5, key: ({ pair }) => pair });
    const fatesOf = (id: string): number[] =>
      weightsOf(
        strategy,
        pairs.map((pair) => ({ id, pair: [...pair] })),
      );
    expect(fatesOf('a')).to.deep.equal(fatesOf('b'));
    expect(new Set(fatesOf('a'))).to.have.lengthOf(2);
  });

  it('distinguishes an array from a string with the same text', () => {
    const pairs = numbers(64).map((n) => [`t-${String(n)}`]);
    const fatesOf = (keys: readonly unknown[]): string => keys.map((key) => Number(keeps(0.5, key))).join('');
    expect(fatesOf(pairs)).not.to.equal(fatesOf(pairs.map((pair) => arrayKey(pair))));
  });

  it('decides by 64 bits: where the upper half of a hash is that of the rate, the lower half is below that of the rate', () => {
    const key = numbers(100_000)
      .map(String)
      .find((each) => stringHash(each, ~STRING_SEED) % 2 ** 12 === 0);
    const upper = stringHash(String(key), STRING_SEED);
    const lower = stringHash(String(key), ~STRING_SEED);
    // Both rates are exact: 32 bits, and 20 more.
    const rateOf = (low: number): number => (upper + low / 2 ** 32) / 2 ** 32;
    expect(lower).to.be.above(2 ** 13);
    expect([lower - 2 ** 12, lower, lower + 2 ** 12].map((low) => keeps(rateOf(low), key))).to.deep.equal([false, false, true]);
  });

  it('returns a frozen strategy', () => {
    expect(consistent({ rate: 1 })).to.be.frozen;
  });

  it('refuses unknown options and suggests the nearest name', () => {
    const misspelt = { rate: 1, keys: () => 'k' };
    expect(() => consistent(misspelt)).to.throw(TypeError, 'Unknown option `keys`. Did you mean `key`?');
  });

  it('throws without its required options', () => {
    expect(() => consistent(undefined as never)).to.throw(TypeError, 'Expected `rate` to be');
  });

  it('throws for a rate outside 0 to 1, and a key that is not a function', () => {
    expect(() => consistent({ rate: 1.5, key: itself })).to.throw(TypeError, '`rate`');
    expect(() => consistent({ rate: 1, key: 'id' as never })).to.throw(TypeError, 'Expected `key` to be a function');
  });
});

/** Of keys that are strings. Never changes. */
const STRING_SEED = 0x5eed0001;

/** If decisions changed with a release, samples from before and after it would have different keys. */
const FROZEN = [1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1];
