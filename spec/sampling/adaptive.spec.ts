import { expect } from 'chai';
import { adaptive } from '../../lib/sampling/adaptive.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';
import { expectUnbiased, kept, numbers, SamplingBench, weightsOf } from '../support/sampled.js';

interface Phase {
  readonly perSecond: number;
  readonly seconds: number;
}

/** The weights of a stream with random instants, by second. */
function run(targetPerSecond: number, seed: number, ...phases: readonly Phase[]): number[][] {
  const env = new SamplingBench(seededRandom(seed));
  const sample = adaptive<number>({ targetPerSecond }).start(env);
  const instants = seededRandom(seed + 1_000);
  const weights: number[][] = [];
  let time = 0;
  let end = 0;
  for (const { perSecond, seconds } of phases) {
    end += seconds * 1_000;
    for (; time < end; time -= (Math.log(1 - instants()) * 1_000) / perSecond) {
      env.time = Math.floor(time);
      (weights[Math.floor(time / 1_000)] ??= []).push(sample(0));
    }
    time = end;
  }
  return weights;
}

const keptPerSecond = (weights: readonly (readonly number[])[]): number => kept(weights.flat()) / weights.length;

describe('adaptive', () => {
  const calm = { perSecond: 200, seconds: 60 };
  const storm = { perSecond: 2_000, seconds: 60 };

  for (const seed of [1, 2, 3]) {
    it(`meets its budget within 10 % on a stream whose rate jumps tenfold (seed ${String(seed)})`, () => {
      const weights = run(100, seed, calm, storm, calm);
      expect(keptPerSecond(weights), 'overall').to.be.closeTo(100, 3);
      expect(keptPerSecond(weights.slice(0, 60)), 'before the jump').to.be.closeTo(100, 3);
      expect(keptPerSecond(weights.slice(60, 120)), 'from the jump on').to.be.closeTo(100, 3);
      expect(keptPerSecond(weights.slice(60, 65)), 'in the five seconds after the jump').to.be.closeTo(100, 10);
      expect(keptPerSecond(weights.slice(120)), 'after the fall').to.be.closeTo(100, 3);
    });
  }

  it('keeps about the budget in the second of the jump, too', () => {
    expect(keptPerSecond(run(100, 4, calm, storm).slice(60, 61))).to.be.below(150);
  });

  it('saves up little of its budget while the rate is below it', () => {
    for (const seed of [9, 10, 11]) {
      const weights = run(100, seed, { perSecond: 50, seconds: 60 }, { perSecond: 10_000, seconds: 1 });
      expect(kept(weights[60] ?? []), 'in the second of the jump').to.be.within(100, 135);
    }
  });

  it('has unbiased weights throughout', () => {
    expectUnbiased(run(100, 5, calm, storm, calm, { perSecond: 50, seconds: 20 }, storm).flat());
  });

  it('keeps nearly everything while the rate is below the budget', () => {
    const weights = run(100, 6, { perSecond: 50, seconds: 60 }).flat();
    expect(kept(weights)).to.be.above(0.99 * weights.length);
  });

  it('keeps within its budget from the first event on', () => {
    expect(keptPerSecond(run(100, 7, { perSecond: 5_000, seconds: 5 }))).to.be.closeTo(100, 10);
  });

  it('keeps a budget of less than one event per second', () => {
    expect(keptPerSecond(run(0.2, 8, { perSecond: 50, seconds: 1_000 }, { perSecond: 500, seconds: 1_000 }))).to.be.closeTo(0.2, 0.02);
  });

  it('survives a million events in one instant, and a later pause', () => {
    const env = new SamplingBench();
    const sample = adaptive<number>({ targetPerSecond: 10 }).start(env);
    const burst = numbers(1_000_000).map(sample);
    expect(kept(burst)).to.be.within(10, 150);
    env.time = 3_600_000;
    expect(sample(0)).to.equal(1);
  });

  it('has a separate budget for each key', () => {
    const env = new SamplingBench();
    const sample = adaptive<number>({ targetPerSecond: 10, key: (n) => n % 2 }).start(env);
    const weights = numbers(60_000).map((n) => {
      env.time = n;
      return sample(n);
    });
    expect(kept(weights.filter((_weight, n) => n % 2 === 0)) / 60).to.be.closeTo(10, 1);
    expect(kept(weights.filter((_weight, n) => n % 2 === 1)) / 60).to.be.closeTo(10, 1);
  });

  it('remembers only the most recent keys', () => {
    // The first event of a forgotten key is always kept; that of a remembered one, with a probability.
    const neverLucky = new SamplingBench(() => 1 - Number.EPSILON);
    const strategy = adaptive<string>({ targetPerSecond: 1, key: (event) => event, maxKeys: 2 });
    const often = (key: string): string[] => new Array<string>(100).fill(key);
    const weights = weightsOf(strategy, [...often('a'), ...often('b'), 'a', 'c', 'a', 'b'], neverLucky);
    expect(weights.slice(-4).map(Math.sign)).to.deep.equal([0, 1, 0, 1]);
  });

  it('keeps its budget when the clock jitters or is set back', () => {
    const env = new SamplingBench();
    const sample = adaptive<number>({ targetPerSecond: 100 }).start(env);
    const weights = numbers(60_000).map((n) => {
      env.time = n - (n % 2) * 40 - (n > 30_000 ? 10_000_000 : 0);
      return sample(n);
    });
    expect(kept(weights) / 60).to.be.closeTo(100, 3);
  });

  it('throws for invalid options', () => {
    expect(() => adaptive({ targetPerSecond: 0 })).to.throw(
      TypeError,
      'Expected `targetPerSecond` to be a finite number > 0, got `0` (number)',
    );
    expect(() => adaptive({ targetPerSecond: Infinity })).to.throw(TypeError, '`targetPerSecond`');
    expect(() => adaptive({ targetPerSecond: 1, key: 1 as never })).to.throw(TypeError, '`key`');
    expect(() => adaptive({ targetPerSecond: 1, maxKeys: 0 })).to.throw(TypeError, '`maxKeys`');
  });

  for (const everyMs of [100, 500, 1_000, 2_000]) {
    it(`meets its budget when events arrive in batches, ${String(everyMs)} ms apart`, () => {
      const env = new SamplingBench();
      const sample = adaptive<number>({ targetPerSecond: 50 }).start(env);
      const weights = numbers(300_000).map((n) => {
        env.time = Math.floor((n * 2) / everyMs) * everyMs;
        return sample(n);
      });
      expect(kept(weights) / 600).to.be.closeTo(50, 2.5);
      expectUnbiased(weights);
    });
  }

  it('spends at most two seconds of its budget after a long pause', () => {
    const env = new SamplingBench();
    const sample = adaptive<number>({ targetPerSecond: 10 }).start(env);
    env.time = 3_600_000;
    expect(kept(numbers(100_000).map(sample))).to.be.within(20, 130);
  });

  it('returns a frozen strategy', () => {
    expect(adaptive({ targetPerSecond: 1 })).to.be.frozen;
  });

  it('refuses unknown options and suggests the nearest name', () => {
    const misspelt = { targetPerSecond: 1, keys: () => 'k' };
    expect(() => adaptive(misspelt)).to.throw(TypeError, 'Unknown option `keys`. Did you mean `key`?');
  });

  it('throws without its required options', () => {
    expect(() => adaptive(undefined as never)).to.throw(TypeError, 'Expected `targetPerSecond` to be');
  });
});
