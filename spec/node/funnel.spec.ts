import { expect } from 'chai';
import { Funnel } from '../../lib/node/funnel.js';

type Total = ReturnType<Funnel['totals']>[number];

/** The totals of one actor's events, given as marbles: a letter is a type, each position a millisecond. Weights are digits below them. */
function totalsOf(steps: string, withinMs: number, events: string, weights = ''): readonly Total[] {
  const funnel = new Funnel([...steps], withinMs);
  for (const [time, type] of [...events].entries()) if (type !== '-') funnel.add('ada', type, time, Number(weights[time] ?? 1));
  return funnel.totals();
}

const countsOf = (...given: Parameters<typeof totalsOf>): readonly number[] => totalsOf(...given).map(({ count }) => count);
const weightsOf = (...given: Parameters<typeof totalsOf>): readonly number[] => totalsOf(...given).map(({ weight }) => weight);

describe('Funnel', () => {
  it('counts actors, not events, and keeps their chains apart', () => {
    const funnel = new Funnel(['a', 'b'], 5);
    expect(funnel.totals()).to.deep.equal([
      { count: 0, weight: 0 },
      { count: 0, weight: 0 },
    ]);
    for (const [actor, type] of ['1a', '1a', '2b', '1b', '2a'].map((text) => [...text])) funnel.add(actor!, type!, 0, 1);
    expect(funnel.totals()).to.deep.equal([
      { count: 2, weight: 2 },
      { count: 1, weight: 1 },
    ]);
  });

  it('requires the order of the steps, and skips other events between them', () => {
    expect(countsOf('ab', 5, 'ba')).to.deep.equal([1, 0]);
    expect(countsOf('ab', 5, 'acb')).to.deep.equal([1, 1]);
  });

  it('measures the time from the first step, the limit included', () => {
    expect(countsOf('ab', 5, 'a----b')).to.deep.equal([1, 1]);
    expect(countsOf('ab', 5, 'a-----b')).to.deep.equal([1, 0]);
    expect(countsOf('abc', 5, 'a--b--c')).to.deep.equal([1, 1, 0]);
  });

  it('begins again with a later first step', () => {
    expect(countsOf('abc', 5, 'a--ab---c')).to.deep.equal([1, 1, 1]);
    // The later start has no second step.
    expect(countsOf('abc', 5, 'ab-a----c')).to.deep.equal([1, 1, 0]);
  });

  it('uses each event for only one of several steps with the same type', () => {
    expect(countsOf('aa', 5, 'a')).to.deep.equal([1, 0]);
    expect(countsOf('aab', 5, 'aab')).to.deep.equal([1, 1, 1]);
  });

  it('weighs a chain as its heaviest event, and an actor as its lightest chain', () => {
    expect(weightsOf('ab', 5, 'ab', '23')).to.deep.equal([2, 3]);
    expect(weightsOf('ab', 5, 'abab', '4312')).to.deep.equal([1, 2]);
  });
});
