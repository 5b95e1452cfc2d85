import { expect } from 'chai';
import { Lives } from './support/simulation/lives.js';

const SEEDS = 300;

describe('several runs with one store', () => {
  it(`balance the ledger and lose no stored event, in ${String(SEEDS)} simulations`, function () {
    this.timeout(120_000);
    const tally = new Map<string, number>();
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const lives = new Lives(seed);
      expect(lives.run(), `seed ${String(seed)}`).to.equal(undefined);
      for (const [what, count] of lives.tally) tally.set(what, (tally.get(what) ?? 0) + count);
    }
    const eventful = [
      'crash',
      'shutdown',
      'kept',
      'recovered',
      'write failed',
      'store: too late',
      'read',
      'sink: ok',
      'sink: partial',
      'sink: too_large',
      'pause',
      'step',
      'freeze',
      'consent: denied',
    ];
    expect(eventful.filter((what) => (tally.get(what) ?? 0) < 50)).to.deep.equal([]);
  });
});
