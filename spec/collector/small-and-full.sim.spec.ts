import { expect } from 'chai';
import { logOf, Setup } from '../support/side-by-side.js';

const RUNS = 150;

describe('A kernel with the features needed', () => {
  it(`has the same log as an EventCollector with the same options: ${String(RUNS)} seeds`, () => {
    let entries = 0;
    for (let seed = 1; seed <= RUNS; seed += 1) {
      const [small, full] = [new Setup(seed), new Setup(seed)];
      const log = logOf(seed, small, () => small.small(0));
      expect(log, `seed ${String(seed)}`).to.deep.equal(logOf(seed, full, () => full.full()));
      entries += log.length;
    }
    // Each run shows something: a log of nothing would equal every other.
    expect(entries).to.be.greaterThan(RUNS * 60);
  });

  it('has the same log with any order of the features', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const logs = [0, 1, 2, 3].map((order) => {
        const setup = new Setup(seed);
        return logOf(seed, setup, () => setup.small(order));
      });
      for (const log of logs) expect(log, `seed ${String(seed)}`).to.deep.equal(logs[0]);
    }
  });
});
